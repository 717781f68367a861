import { Navigate, useSearchParams } from 'react-router';
import { graphql } from '../api/generated';
import type { ExceptionGroupSort, ExceptionGroupsPageQuery, SlaState } from '../api/generated/graphql';
import { useFilters, useLive } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { Ago, Amounts, Chip, Empty, Failure, Foreign, Link, Loading, PageHead, Panel, type Tone } from '../design/ui';
import * as format from '../text/format';
import { ExceptionTabs } from './ExceptionTabs';
import './exceptions.css';

const ExceptionGroupsPage = graphql(`
  query ExceptionGroupsPage($filter: ExceptionFilter, $sort: ExceptionGroupSort!) {
    exceptionTotals(filter: $filter) { open groups engagements unassigned dueSoon breached snoozed held { amount currency } }
    exceptionGroups(filter: $filter, sort: $sort) {
      id code step connection vendorError message remedy ownerRole severity open snoozed breached engagements held { amount currency }
      firstSeenAt lastSeenAt oldestRaisedAt dueAt sla assignee tags
    }
  }
`);

type Group = ExceptionGroupsPageQuery['exceptionGroups'][number];

export const slaTones: Record<SlaState, Tone> = { NONE: 'plain', IN_TIME: 'good', DUE_SOON: 'wait', BREACHED: 'bad' };
export const severityTones: Record<string, Tone> = { LOW: 'plain', NORMAL: 'plain', HIGH: 'wait', CRITICAL: 'bad' };

/** How something stands to the time in which it should be settled. */
export const Sla = ({ state, dueAt }: { state: SlaState; dueAt?: string | null }) => state === 'NONE' || !dueAt ? null
  : <Chip tone={slaTones[state]}>{state === 'BREACHED' ? <>late, was due <Ago at={dueAt} /></> : <>due <Ago at={dueAt} /></>}</Chip>;

const sorts: [ExceptionGroupSort, string][] = [['URGENCY', 'Most urgent'], ['HELD', 'Most money'], ['OPEN', 'Most exceptions'], ['OLDEST', 'Oldest'], ['LAST_SEEN', 'Newest']];

export default function Groups() {
  const [params] = useSearchParams();
  const [{ q: search, sort: sorted }, set] = useFilters('q', 'sort');
  const sort = (sorted || 'URGENCY') as ExceptionGroupSort;
  const filter = { status: 'OPEN' as const, ...(search && { search }) };
  const { data, error, loading, refresh } = useLive(ExceptionGroupsPage, { filter, sort }, { on: ['exceptions', 'connections'], every: 8_000 });
  // One exception, or those of a system, are in the other list.
  if (params.has('id') || params.has('connection')) return <Navigate to={`/exceptions/all?${params}`} replace />;
  const totals = data?.exceptionTotals;
  return (
    <>
      <PageHead title="Exceptions" lead={!totals ? 'What needs a person.' : totals.open === 0 ? 'Nothing waits for a person.' : (
        <span>{format.plural(totals.open, 'exception')} of {format.plural(totals.groups, 'cause')} in {format.plural(totals.engagements, 'engagement')}
          {totals.held.length > 0 && <>, holding up <strong><Amounts values={totals.held} /></strong></>}
          {totals.breached > 0 && <>; <span className="bad-text">{format.number(totals.breached, 0)} late</span></>}.</span>
      )} />
      <ExceptionTabs />
      <div className="bar">
        <Find label="Find in messages and steps" value={search} onChange={value => set('q', value)} />
        <Choose label="First" value={sort} onChange={value => set('sort', value)} options={sorts} />
      </div>
      <Panel flush>
        {loading ? <Loading what="exceptions" /> : !data ? <Failure error={error!} retry={refresh} what="Exceptions" />
          : data.exceptionGroups.length === 0
            ? search ? <Empty title="No exception is like this." /> : <Empty good title="Nothing is blocked.">When something needs a person, it is here, with what to do about it.</Empty>
            : <ul className="rows groups">{data.exceptionGroups.map(group => <GroupRow key={group.id} group={group} />)}</ul>}
      </Panel>
    </>
  );
}

const GroupRow = ({ group }: { group: Group }) => (
  <li>
    <Link to={`/exceptions/all?group=${encodeURIComponent(group.id)}`}>
      <span className="group-count">{format.number(group.open, 0)}</span>
      <span className="grow">
        <strong>{group.step}{group.connection && ` · ${group.connection}`}</strong>
        <span className="second"><Foreign>{group.message}</Foreign></span>
        <span className="inbox-foot">
          <Chip tone={severityTones[group.severity]}>{format.words(group.severity)}</Chip>
          <Sla state={group.sla} dueAt={group.dueAt} />
          <code>{group.code}</code>
          <span>{format.plural(group.engagements, 'engagement')}</span>
          {group.ownerRole && <span>for {format.words(group.ownerRole)}</span>}
          {group.assignee && <span><Foreign>{group.assignee}</Foreign> works on it</span>}
          {group.snoozed > 0 && <span>{group.snoozed} rest</span>}
          {group.tags.map(tag => <span key={tag}>#{tag}</span>)}
        </span>
      </span>
      <span className="side-facts"><Amounts values={group.held} /><span className="faint">oldest <Ago at={group.oldestRaisedAt} /></span></span>
    </Link>
  </li>
);
