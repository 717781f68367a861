import { useMemo } from 'react';
import { graphql } from '../api/generated';
import type { AuditLogQuery, Outcome } from '../api/generated/graphql';
import { useFilters, useRows } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { At, Button, Empty, Foreign, Link, ObjectLink, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { SystemTabs } from './System';

const AuditLog = graphql(`
  query AuditLog($filter: ActivityFilter, $first: Int, $after: String) {
    activity(filter: $filter, first: $first, after: $after) {
      nodes { id at actor subjectId outcome events problems { code path message remedy } reason key correlation }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Entry = AuditLogQuery['activity']['nodes'][number];

const outcomes: Outcome[] = ['CHANGED', 'UNCHANGED', 'REFUSED', 'STALE'];

const columns: Column<Entry>[] = [
  { id: 'at', header: 'When', meta: { width: '9rem' }, cell: ({ row }) => <At at={row.original.at} /> },
  { id: 'actor', header: 'Who', meta: { width: '16%' }, cell: ({ row }) => <strong><Foreign>{row.original.actor}</Foreign></strong> },
  { id: 'what', header: 'What', cell: ({ row: { original } }) => (
    <>
      {original.events.length > 0 ? original.events.map(event => <code key={event}>{event} </code>) : <span className="none">nothing changed</span>}
      {original.reason && <span className="second">“<Foreign>{original.reason}</Foreign>”</span>}
      {original.problems.map(problem => <span key={problem.code + problem.path} className="second bad-text"><Foreign>{problem.message}</Foreign></span>)}
    </>
  ) },
  { id: 'subject', header: 'To what', meta: { room: 'medium' }, cell: ({ row }) => <ObjectLink id={row.original.subjectId} /> },
  { id: 'outcome', header: 'Outcome', cell: ({ row }) => <Status value={row.original.outcome} tone={row.original.outcome === 'CHANGED' || row.original.outcome === 'UNCHANGED' ? 'plain' : undefined} /> },
  { id: 'correlation', header: 'Set off by', meta: { room: 'wide' }, cell: ({ row }) => <Link to={`/system/audit?correlation=${encodeURIComponent(row.original.correlation)}`}><code>{row.original.correlation.slice(0, 18)}…</code></Link> },
];

export default function Audit() {
  const [{ q: search, outcome, correlation, actor }, set] = useFilters('q', 'outcome', 'correlation', 'actor');
  const variables = useMemo(() => ({ filter: {
    ...(search && { search }), ...(outcome && { outcome: outcome as Outcome }), ...(correlation && { correlation }), ...(actor && { actor }),
  } }), [search, outcome, correlation, actor]);
  const rows = useRows(AuditLog, variables, data => data.activity, { every: 15_000 });
  return (
    <>
      <PageHead title="System" lead="Every command that was answered, and everything that operators did." />
      <SystemTabs />
      <div className="bar">
        <Find label="Find in reasons and problems" value={search} onChange={value => set('q', value)} />
        <Choose label="Outcome" value={outcome} onChange={value => set('outcome', value)} all="All" options={outcomes.map(each => [each, format.words(each)] as const)} />
        {correlation && <Button small kind="quiet" onPress={() => set('correlation', null)}>one cause: {correlation.slice(0, 18)}… ✕</Button>}
      </div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Audit" what="The audit" rowKey={each => each.id} tall empty={<Empty title="Nothing is like this." />} />
      </Panel>
    </>
  );
}
