import { useParams } from 'react-router';
import { graphql } from '../api/generated';
import { useLive, useSubscription } from '../api/hooks';
import { PlainTable } from '../design/table';
import { Amounts, At, Day, Empty, Facts, Failure, Foreign, Id, Link, Loading, Meter, Money, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { RunState } from './Runs';

const RunPage = graphql(`
  query RunPage($id: ID!) {
    billingRun(id: $id) {
      id legalEntity cutOff invoiceDate startedBy startedAt completed projectsAsked projectsAnswered issued rejected
      invoices { id number status customerName contract { id name } net { amount currency } total { amount currency } exceptions { id message } }
    }
  }
`);

const RunGoesOn = graphql(`subscription RunGoesOn($id: ID!) { billingRunProgress(billingRunId: $id) { cursor } }`);

const steps = ['DRAFT', 'TAXING', 'AWAITING_APPROVAL', 'POSTING', 'ISSUED'] as const;

export default function Run() {
  const { runId = '' } = useParams();
  const { data, error, loading, refresh } = useLive(RunPage, { id: runId }, { on: ['exceptions'], every: 5_000 });
  useSubscription({ query: RunGoesOn, variables: { id: runId } }, (_, event) => { refresh(); return event; });
  if (loading) return <Loading what="the billing run" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The billing run" />;
  const run = data.billingRun;
  if (!run) return <Empty title="There is no such billing run."><Link to="/billing">All billing runs</Link></Empty>;
  const at = (status: string) => run.invoices.filter(invoice => invoice.status === status).length;
  const settled = run.invoices.filter(invoice => !(steps.slice(0, 4) as readonly string[]).includes(invoice.status)).length;
  return (
    <>
      <PageHead crumbs={[{ to: '/billing', text: 'Billing' }]} title={<>Billing of {run.legalEntity} until <Day on={run.cutOff} /></>} lead={<RunState of={run} />} />
      <div className="stack">
        <Panel>
          <div className="stack">
            <Meter label="Invoices settled" done={settled} of={run.invoices.length} />
            <Facts of={[
              ['Net', <Amounts key="n" values={format.sums(run.invoices.map(invoice => invoice.net))} />],
              ['Projects', `${run.projectsAnswered} of ${run.projectsAsked} answered`],
              ['Waiting for approval', format.number(at('AWAITING_APPROVAL'), 0)],
              ['Being posted', format.number(at('POSTING'), 0)],
              ['Issued', format.number(run.issued, 0)],
              ['Rejected', format.number(run.rejected, 0)],
              ['Invoice date', <Day key="d" on={run.invoiceDate} />],
              ['Started', <span key="s"><At at={run.startedAt} /> by <Foreign>{run.startedBy}</Foreign></span>],
              ['Run', <Id key="i" value={run.id} />],
            ]} />
          </div>
        </Panel>
        <Panel flush title="Invoices" id="invoices">
          {run.invoices.length === 0
            ? <Empty title={run.completed ? 'There was nothing to bill.' : 'Projects are being asked.'} />
            : <PlainTable of={run.invoices} label="Invoices of the run" rowKey={each => each.id} columns={[
              { head: 'Invoice', cell: each => <Link className="title" to={`/invoices/${each.id}`}>{each.number ?? 'Draft'}</Link> },
              { head: 'Customer', cell: each => <><Foreign>{each.customerName}</Foreign><span className="second"><Link to={`/engagements/${each.contract.id}`}><Foreign>{each.contract.name}</Foreign></Link></span></> },
              { head: 'State', cell: each => <><Status value={each.status} />{each.exceptions.map(one => <span key={one.id} className="second bad-text"><Foreign>{one.message}</Foreign></span>)}</> },
              { head: 'Net', end: true, room: 'medium', cell: each => <Money value={each.net} /> },
              { head: 'Total', end: true, cell: each => <Money value={each.total} /> },
            ]} />}
        </Panel>
      </div>
    </>
  );
}
