import { graphql } from '../api/generated';
import { useLive } from '../api/hooks';
import { PlainTable } from '../design/table';
import { Empty, Failure, Foreign, Link, Loading, Money, PageHead, Panel } from '../design/ui';
import * as format from '../text/format';
import { BillingTabs } from './BillingTabs';
import './billing.css';

const ReceivablesPage = graphql(`
  query ReceivablesPage($asOf: Date!) {
    receivablesAgeing(asOf: $asOf) {
      customerId notDue { amount currency } upTo30 { amount currency } upTo60 { amount currency } upTo90 { amount currency }
      older { amount currency } total { amount currency }
    }
    customers(first: 100) { nodes { id name } }
  }
`);

const buckets = [['notDue', 'Not due'], ['upTo30', '1 to 30 days'], ['upTo60', '31 to 60'], ['upTo90', '61 to 90'], ['older', 'Older']] as const;

export default function Receivables() {
  const { data, error, loading, refresh } = useLive(ReceivablesPage, { asOf: format.today() }, { every: 30_000 });
  const rows = data?.receivablesAgeing ?? [];
  const names = new Map(data?.customers.nodes.map(each => [each.id, each.name]));
  const currencies = [...new Set(rows.map(each => each.total.currency))];
  return (
    <>
      <PageHead title="Billing" lead="What customers owe, by how long it is overdue today." />
      <BillingTabs />
      {loading ? <Loading what="receivables" /> : !data ? <Failure error={error!} retry={refresh} what="Receivables" />
        : rows.length === 0 ? <Panel><Empty good title="Nobody owes anything." >Issued invoices that are not settled are here, by age.</Empty></Panel>
          : (
            <div className="stack">
              {currencies.map(currency => {
                const of = rows.filter(each => each.total.currency === currency);
                const sum = (name: typeof buckets[number][0]) => format.sums(of.map(each => each[name]))[0] ?? { amount: 0, currency };
                const total = of.reduce((n, each) => n + each.total.amount, 0);
                return (
                  <section key={currency} className="stack" aria-label={`In ${currency}`}>
                    <ul className="ages">
                      {buckets.map(([name, text]) => (
                        <li key={name} className={name} style={{ flexGrow: total > 0 ? Math.max(sum(name).amount / total, 0.12) : 1 }}>
                          <span>{text}</span><strong><Money value={sum(name)} /></strong>
                        </li>
                      ))}
                    </ul>
                    <Panel flush>
                      <PlainTable of={of} label={`Receivables in ${currency}`} rowKey={each => each.customerId} columns={[
                        { head: 'Customer', cell: each => <Link className="title" to={`/billing/invoices?customer=${each.customerId}&status=ISSUED,PARTIALLY_PAID`}><Foreign>{names.get(each.customerId) ?? each.customerId}</Foreign></Link> },
                        ...buckets.map(([name, text], i) => ({ head: text, end: true, room: i > 0 ? 'medium' as const : undefined, cell: (each: typeof of[number]) => each[name].amount === 0 ? <span className="none">–</span> : <Money value={each[name]} /> })),
                        { head: 'All', end: true, cell: each => <strong><Money value={each.total} /></strong> },
                      ]} />
                    </Panel>
                  </section>
                );
              })}
            </div>
          )}
    </>
  );
}
