import { lazy, Suspense } from 'react';
import { ArrowRight, BellRing } from 'lucide-react';
import { graphql } from '../api/generated';
import type { HomeQuery, Stage } from '../api/generated/graphql';
import { useLive, useSees } from '../api/hooks';
import { Ago, Amounts, Chip, Empty, Failure, Foreign, Link, Loading, Money, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import './home.css';

const KeyFigures = lazy(() => import('./KeyFigures'));

const HomePage = graphql(`
  query Home($billing: Boolean!) {
    pipeline { stage count amounts { amount currency } medianDays blocked held { amount currency } }
    exceptions(first: 6) {
      totalCount
      nodes { id code step message connection ownerRole raisedAt held { amount currency } contract { id name customerName } }
    }
    alerts(first: 3, filter: { status: [OPEN] }) { nodes { id title severity raisedAt } }
    approvals(first: 5) @include(if: $billing) { nodes { id kind amount { amount currency } customer { name } reason } }
    waiting: invoices(first: 5, filter: { status: [AWAITING_APPROVAL] }) @include(if: $billing) {
      nodes { id customerName contract { name } net { amount currency } total { amount currency } status }
    }
  }
`);

type PipelineStage = HomeQuery['pipeline'][number];

const stages: Record<Stage, { name: string; counts: (n: number) => string; to: string; blockedTo: string }> = {
  QUOTE: { name: 'Quote', counts: n => format.plural(n, 'quote to decide', 'quotes to decide'), to: '/engagements/quotes', blockedTo: '/exceptions' },
  ACTIVATION: { name: 'Activation', counts: n => format.plural(n, 'being set up', 'being set up'), to: '/engagements?status=ACTIVATING,PAUSED,COMPENSATING', blockedTo: '/exceptions' },
  DELIVERY: { name: 'Delivery', counts: n => format.plural(n, 'running project', 'running projects'), to: '/engagements?status=ACTIVE', blockedTo: '/exceptions' },
  BILLING: { name: 'Billing', counts: n => format.plural(n, 'invoice on its way', 'invoices on their way'), to: '/billing/invoices?status=DRAFT,TAXING,AWAITING_APPROVAL,POSTING', blockedTo: '/exceptions' },
  CASH: { name: 'Cash', counts: n => format.plural(n, 'unpaid invoice', 'unpaid invoices'), to: '/billing/invoices?status=ISSUED,PARTIALLY_PAID', blockedTo: '/exceptions' },
};

const medians: Record<Stage, string> = {
  QUOTE: 'to decide', ACTIVATION: 'to a running project', DELIVERY: 'from work to invoice', BILLING: 'from draft to issued', CASH: 'from issued to paid',
};

const amountsOf: Record<Stage, string> = {
  QUOTE: '', ACTIVATION: 'fixed prices and caps', DELIVERY: 'to be billed', BILLING: 'before tax', CASH: 'outstanding',
};

export function Home() {
  const sees = useSees();
  const { data, error, loading, refresh } = useLive(HomePage, { billing: sees('billing') }, { on: ['exceptions', 'connections', 'alerts'], every: 10_000 });
  if (loading) return <Loading what="where everything stands" />;
  if (!data) return <Failure error={error!} retry={refresh} what="Where everything stands" />;
  const { pipeline, exceptions, alerts, waiting, approvals } = data;
  const held = format.sums(pipeline.flatMap(stage => stage.held));
  return (
    <>
      <PageHead title="Quote to cash" lead={<Lead open={exceptions.totalCount} held={held} />} />
      <div className="stack">
        {alerts.nodes.length > 0 && (
          <ul className="stack" aria-label="Alerts">
            {alerts.nodes.map(alert => (
              <li key={alert.id} className="note wait noted"><span><BellRing aria-hidden className="inline" /> <Link to="/exceptions/alerts"><Foreign>{alert.title}</Foreign></Link></span><span className="faint"><Ago at={alert.raisedAt} /></span></li>
            ))}
          </ul>
        )}
        <section aria-label="Pipeline">
          <ol className="pipeline">{pipeline.map(stage => <StageCard key={stage.stage} stage={stage} />)}</ol>
        </section>
        <div className="columns">
          <Panel flush title="What is blocked" id="blocked" aside={exceptions.totalCount > 0 && <Link to="/exceptions">All {format.number(exceptions.totalCount, 0)}</Link>}>
            {exceptions.nodes.length === 0
              ? <Empty good title="Nothing is blocked.">When something needs a person, it is here, with what to do about it.</Empty>
              : (
                <ul className="rows">
                  {exceptions.nodes.map(one => (
                    <li key={one.id}>
                      <Link to={`/exceptions?id=${encodeURIComponent(one.id)}`}>
                        <span className="grow">
                          <strong>{one.contract ? <Foreign>{`${one.contract.customerName}: ${one.contract.name}`}</Foreign> : one.connection ?? one.step}</strong>
                          <span className="second"><Foreign>{one.message}</Foreign></span>
                        </span>
                        <span className="side-facts">
                          <Money value={one.held} />
                          <span className="faint"><Ago at={one.raisedAt} /></span>
                        </span>
                        <ArrowRight aria-hidden />
                      </Link>
                    </li>
                  ))}
                </ul>
              )}
          </Panel>
          {waiting && (
            <Panel flush title="Waits for approval" id="approval" aside={<Link to="/billing/invoices?status=AWAITING_APPROVAL">All</Link>}>
              {waiting.nodes.length + (approvals?.nodes.length ?? 0) === 0
                ? <Empty good title="Nothing waits for approval." />
                : (
                  <ul className="rows">
                    {approvals?.nodes.map(one => (
                      <li key={one.id}>
                        <Link to="/billing/approvals">
                          <span className="grow"><strong><Foreign>{one.customer?.name}</Foreign></strong><span className="second">{format.words(one.kind)}: <Foreign>{one.reason}</Foreign></span></span>
                          <span className="side-facts"><Money value={one.amount} /></span>
                          <ArrowRight aria-hidden />
                        </Link>
                      </li>
                    ))}
                    {waiting.nodes.map(invoice => (
                      <li key={invoice.id}>
                        <Link to={`/invoices/${invoice.id}`}>
                          <span className="grow">
                            <strong><Foreign>{invoice.customerName}</Foreign></strong>
                            <span className="second"><Foreign>{invoice.contract.name}</Foreign></span>
                          </span>
                          <span className="side-facts"><Money value={invoice.total ?? invoice.net} /><Status value={invoice.status} /></span>
                          <ArrowRight aria-hidden />
                        </Link>
                      </li>
                    ))}
                  </ul>
                )}
            </Panel>
          )}
        </div>
        <Suspense fallback={<Loading what="key figures" />}><KeyFigures /></Suspense>
      </div>
    </>
  );
}

const Lead = ({ open, held }: { open: number; held: format.MoneyValue[] }) => open === 0
  ? <span>Everything moves. Nothing waits for a person.</span>
  : (
    <span>
      <Link to="/exceptions">{format.plural(open, 'exception')}</Link> {open === 1 ? 'waits' : 'wait'} for a person
      {held.length > 0 && <>, holding up <strong><Amounts values={held} /></strong></>}.
    </span>
  );

function StageCard({ stage: { stage, count, amounts, medianDays, blocked, held } }: { stage: PipelineStage }) {
  const { name, counts, to, blockedTo } = stages[stage];
  return (
    <li className={`stage-card ${stage.toLowerCase()}`}>
      <Link className="whole" to={to}>
        <span className="stage-name">{name}</span>
        <span className="stage-count">{format.number(count, 0)}</span>
        <span className="stage-what">{counts(count).replace(/^\S+\s/, '')}</span>
      </Link>
      <span className="stage-amount"><Amounts values={amounts} short none={stage === 'QUOTE' ? '' : '–'} />{amounts.length > 0 && <small>{amountsOf[stage]}</small>}</span>
      <span className="stage-foot">
        {medianDays != null && <span title="Median of the last 90 days">{format.span(medianDays * 86_400)} <small>{medians[stage]}</small></span>}
        {blocked > 0 && (
          <Link to={blockedTo}><Chip tone="bad">{format.number(blocked, 0)} blocked{held.length > 0 && <>: <Amounts values={held} short /></>}</Chip></Link>
        )}
      </span>
    </li>
  );
}
