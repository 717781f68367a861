import { lazy, Suspense } from 'react';
import { NavLink, useParams } from 'react-router';
import { graphql } from '../api/generated';
import type { EngagementHeadQuery } from '../api/generated/graphql';
import { useLive, useSees } from '../api/hooks';
import { Empty, Failure, Foreign, Link, Loading, Money, PageHead, Status } from '../design/ui';
import * as format from '../text/format';
import { HoldButton, Holds } from '../billing/Holds';
import { Timeline } from './Timeline';
import './engagement.css';

const Terms = lazy(() => import('./Terms'));
const Work = lazy(() => import('./Work'));
const Invoices = lazy(() => import('./Invoices'));
const Systems = lazy(() => import('./Systems'));
const Revenue = lazy(() => import('./Revenue'));

const EngagementHead = graphql(`
  query EngagementHead($id: ID!, $billing: Boolean!) {
    contract(id: $id) {
      id name status customerName legalEntity currency opportunityId quoteId
      customer { id name }
      project { id open holds @include(if: $billing) { id placedOn reason placedBy placedAt } }
      holds @include(if: $billing) { id placedOn reason placedBy placedAt }
      contracted { amount currency } billed { amount currency } paid { amount currency } remaining { amount currency }
      exceptions { id code step message remedy ownerRole held { amount currency } raisedAt }
      activation { step status since }
      engagement { stages { stage from to seconds events } }
    }
  }
`);

export type Head = NonNullable<EngagementHeadQuery['contract']>;

export default function Engagement() {
  const { contractId = '', view = 'timeline' } = useParams();
  const sees = useSees();
  const { data, error, loading, refresh } = useLive(EngagementHead, { id: contractId, billing: sees('billing') }, { on: ['exceptions'], every: 8_000 });
  if (loading) return <Loading what="the engagement" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The engagement" />;
  const { contract } = data;
  if (!contract)
    return <Empty title="There is no such engagement.">It does not exist, or it is not yours to see. <Link to="/engagements">All engagements</Link></Empty>;
  const at = `/engagements/${contract.id}`;
  const views = [
    ['', 'Timeline'], ['/contract', 'Contract'], ['/work', 'Work'], ['/invoices', 'Invoices'], ['/systems', 'Systems'],
    ...(sees('economics') ? [['/revenue', 'Revenue']] : []),
  ] as [string, string][];
  return (
    <>
      <PageHead crumbs={[{ to: '/engagements', text: 'Engagements' }]} title={<Foreign>{contract.name}</Foreign>}
        lead={<><Foreign>{contract.customerName}</Foreign><Status value={contract.status} /><span className="faint">{contract.legalEntity}</span></>}
        actions={<HoldButton of={[[contract.id, 'This engagement'], ...(contract.customer ? [[contract.customer.id, `Everything of ${contract.customer.name}`] as const] : [])]} changed={refresh} />} />
      <div className="stack">
        <Blocked contract={contract} />
        <Holds of={contract.project?.holds ?? contract.holds ?? []} changed={refresh} />
        <Stages contract={contract} />
        <div>
          <nav className="tabs" aria-label="Engagement">
            {views.map(([path, text]) => <NavLink key={path} to={`${at}${path}`} end={path === ''}>{text}</NavLink>)}
          </nav>
          <Suspense fallback={<Loading what={view} />}>
            {view === 'timeline' && <Timeline contractId={contract.id} />}
            {view === 'contract' && <Terms contractId={contract.id} />}
            {view === 'work' && <Work contractId={contract.id} />}
            {view === 'invoices' && <Invoices contractId={contract.id} />}
            {view === 'systems' && <Systems contractId={contract.id} />}
            {view === 'revenue' && <Revenue contractId={contract.id} />}
          </Suspense>
        </div>
      </div>
    </>
  );
}

const Blocked = ({ contract }: { contract: Head }) => contract.exceptions.length === 0 ? null : (
  <div className="note bad" role="status">
    <ul>
      {contract.exceptions.map(one => (
        <li key={one.id}>
          <strong><Foreign>{one.message}</Foreign></strong>{' '}
          {one.held && <span>Holds up <Money value={one.held} />. </span>}
          <Link to={`/exceptions?id=${encodeURIComponent(one.id)}`}>Look at it</Link>
          <div className="remedy"><Foreign>{one.remedy}</Foreign></div>
        </li>
      ))}
    </ul>
  </div>
);

const stageNames = { QUOTE: 'Quote', ACTIVATION: 'Activation', DELIVERY: 'Delivery', BILLING: 'Billing', CASH: 'Cash' } as const;

function Stages({ contract }: { contract: Head }) {
  const reached = contract.engagement?.stages ?? [];
  const { contracted, billed, paid, remaining } = contract;
  const share = (part: number) => contracted.amount > 0 ? Math.min(100, part / contracted.amount * 100) : 0;
  return (
    <div className="engagement-head">
      <ol className="stages" aria-label="Stages">
        {(Object.keys(stageNames) as (keyof typeof stageNames)[]).map(stage => {
          const known = reached.find(each => each.stage === stage);
          return (
            <li key={stage} className={`${stage.toLowerCase()} ${known ? 'reached' : ''}`}>
              <strong>{stageNames[stage]}</strong>
              <span>{known ? `${format.span(known.seconds)} · ${format.plural(known.events, 'event')}` : 'not begun'}</span>
            </li>
          );
        })}
      </ol>
      <div className="amounts-bar">
        <dl>
          <div><dt>Contracted</dt><dd><Money value={contracted} /></dd></div>
          <div><dt><i className="key billed" />Billed</dt><dd><Money value={billed} /></dd></div>
          <div><dt><i className="key paid" />Paid</dt><dd><Money value={paid} /></dd></div>
          <div><dt><i className="key" />Remaining</dt><dd><Money value={remaining} /></dd></div>
        </dl>
        <div className="meter" aria-hidden>
          <i className="billed" style={{ width: `${share(billed.amount)}%` }} />
          <i className="paid" style={{ width: `${share(paid.amount)}%` }} />
        </div>
      </div>
    </div>
  );
}
