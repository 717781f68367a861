import { graphql } from '../api/generated';
import { useLive } from '../api/hooks';
import { PlainTable } from '../design/table';
import { Day, Empty, Failure, Foreign, Link, Loading, Money, Panel, Status } from '../design/ui';

const EngagementInvoices = graphql(`
  query EngagementInvoices($id: ID!) {
    contract(id: $id) {
      invoices(first: 100) {
        nodes {
          id number status date dueDate net { amount currency } tax { amount currency } total { amount currency } outstanding { amount currency }
          payments { id connection date amount { amount currency } reference }
          creditMemos { id number status total { amount currency } }
        }
      }
      schedule { lineId milestoneId trigger expected amount { amount currency } }
    }
  }
`);

export default function Invoices({ contractId }: { contractId: string }) {
  const { data, error, loading, refresh } = useLive(EngagementInvoices, { id: contractId }, { every: 8_000 });
  if (loading) return <Loading what="the invoices" />;
  if (!data?.contract) return <Failure error={error ?? {}} retry={refresh} what="The invoices" />;
  const { invoices, schedule } = data.contract;
  const payments = invoices.nodes.flatMap(invoice => invoice.payments.map(payment => ({ ...payment, invoice })));
  return (
    <div className="stack">
      <Panel flush title="Invoices" id="invoices">
        {invoices.nodes.length === 0
          ? <Empty title="Nothing was invoiced yet.">A billing run drafts invoices of work that is billable.</Empty>
          : <PlainTable of={invoices.nodes} label="Invoices" rowKey={each => each.id} columns={[
            { head: 'Invoice', cell: each => <Link className="title" to={`/invoices/${each.id}`}>{each.number ?? 'not numbered yet'}</Link> },
            { head: 'State', cell: each => <Status value={each.status} /> },
            { head: 'Date', room: 'medium', cell: each => <Day on={each.date} /> },
            { head: 'Due', room: 'wide', cell: each => <Day on={each.dueDate} /> },
            { head: 'Net', end: true, room: 'wide', cell: each => <Money value={each.net} /> },
            { head: 'Tax', end: true, room: 'wide', cell: each => <Money value={each.tax} /> },
            { head: 'Total', end: true, cell: each => <Money value={each.total} /> },
            { head: 'Outstanding', end: true, room: 'medium', cell: each => <Money value={each.outstanding} /> },
            { head: 'Credited', room: 'wide', cell: each => each.creditMemos.map(memo => <span key={memo.id}>{memo.number ?? 'Credit memo'} <Money value={memo.total} /></span>) },
          ]} />}
      </Panel>
      <div className="columns even">
        <Panel title="Payments" id="payments">
          {payments.length === 0
            ? <p className="faint">Nothing was received yet.</p>
            : <PlainTable of={payments} label="Payments" rowKey={each => each.id} columns={[
              { head: 'Day', cell: each => <Day on={each.date} /> },
              { head: 'For', cell: each => <Link to={`/invoices/${each.invoice.id}`}>{each.invoice.number ?? 'Invoice'}</Link> },
              { head: 'Through', room: 'medium', cell: each => <><Foreign>{each.connection}</Foreign><span className="second"><Foreign>{each.reference}</Foreign></span></> },
              { head: 'Amount', end: true, cell: each => <Money value={each.amount} /> },
            ]} />}
        </Panel>
        <Panel title="Will be billed" id="schedule">
          {schedule.length === 0
            ? <p className="faint">The schedule is made when the engagement is activated.</p>
            : <PlainTable of={schedule} label="Billing schedule" rowKey={each => `${each.lineId} ${each.milestoneId}`} columns={[
              { head: 'When', cell: each => <Foreign>{each.trigger}</Foreign> },
              { head: 'Expected', room: 'medium', cell: each => <Day on={each.expected} /> },
              { head: 'Amount', end: true, cell: each => <Money value={each.amount} /> },
            ]} />}
        </Panel>
      </div>
    </div>
  );
}
