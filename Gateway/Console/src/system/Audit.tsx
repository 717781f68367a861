import { useMemo, useState } from 'react';
import { Download, ShieldCheck } from 'lucide-react';
import { currentToken } from '../access/session';
import { graphql } from '../api/generated';
import type { AuditLogQuery, Outcome } from '../api/generated/graphql';
import { useFilters, useLive, useRows } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { At, Button, Empty, Failure, Foreign, Link, Loading, ObjectLink, PageHead, Panel, Status, Window } from '../design/ui';
import { Changes } from '../exceptions/Planned';
import * as format from '../text/format';
import { SystemTabs } from './System';
import '../exceptions/exceptions.css';

const AuditLog = graphql(`
  query AuditLog($filter: ActivityFilter, $first: Int, $after: String) {
    activity(filter: $filter, first: $first, after: $after) {
      nodes { id at actor subjectId outcome events problems { code path message remedy } reason key correlation attempted proven }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Entry = AuditLogQuery['activity']['nodes'][number];

const outcomes: Outcome[] = ['CHANGED', 'UNCHANGED', 'REFUSED', 'STALE'];

const columns: Column<Entry>[] = [
  { id: 'at', header: 'When', meta: { width: '9rem' }, cell: ({ row }) => <At at={row.original.at} /> },
  { id: 'actor', header: 'Who', meta: { width: '16%' }, cell: ({ row }) => <Link className="title" to={`/system/audit?actor=${encodeURIComponent(row.original.actor)}`}><Foreign>{row.original.actor}</Foreign></Link> },
  { id: 'what', header: 'What', cell: ({ row: { original } }) => (
    <>
      {original.attempted ? <>tried <code>{original.attempted}</code></>
        : original.events.length > 0 ? original.events.map(event => <code key={event}>{event} </code>) : <span className="none">nothing changed</span>}
      {original.reason && <span className="second">“<Foreign>{original.reason}</Foreign>”</span>}
      {original.problems.map(problem => <span key={problem.code + problem.path} className="second bad-text"><Foreign>{problem.message}</Foreign></span>)}
    </>
  ) },
  { id: 'subject', header: 'To what', meta: { room: 'medium' }, cell: ({ row }) => <ObjectLink id={row.original.subjectId} /> },
  { id: 'outcome', header: 'Outcome', cell: ({ row: { original } }) => (
    <span className="change">
      <Status value={original.outcome} tone={original.outcome === 'CHANGED' || original.outcome === 'UNCHANGED' ? 'plain' : undefined} />
      {original.proven && <span title="The journal’s hash chain has it" className="good-text"><ShieldCheck aria-label="proven" className="inline" /></span>}
      {original.outcome === 'CHANGED' && <WhatChanged id={original.id} />}
    </span>
  ) },
  { id: 'correlation', header: 'Set off by', meta: { room: 'wide' }, cell: ({ row }) => <Link to={`/system/audit?correlation=${encodeURIComponent(row.original.correlation)}`}><code>{row.original.correlation.slice(0, 18)}…</code></Link> },
];

const ChangesOf = graphql(`query ChangesOf($id: ID!) { node(id: $id) { ... on Activity { changes { path before after } } } }`);

/** An entry is compared with the one before it when somebody asks: its object is replayed for that. */
function WhatChanged({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small kind="quiet" onPress={() => setOpen(true)}>What changed</Button>
      {open && <Window title="What changed" isOpen wide onClose={() => setOpen(false)}><ChangeList id={id} /></Window>}
    </>
  );
}

function ChangeList({ id }: { id: string }) {
  const { data, error, loading, refresh } = useLive(ChangesOf, { id }, { every: 600_000 });
  if (loading) return <Loading what="what changed" />;
  if (!data) return <Failure error={error!} retry={refresh} what="What changed" />;
  return <Changes of={data.node && 'changes' in data.node ? data.node.changes : []} />;
}

/** The rows that were asked for, with the proof that they are what was journaled: for `q2c verify --export`. */
async function download(actor: string): Promise<string | undefined> {
  const answer = await fetch(`/audit/export${actor ? `?actor=${encodeURIComponent(actor)}` : ''}`, { headers: { Authorization: `Bearer ${currentToken() ?? ''}` } });
  if (!answer.ok) return `The gateway answered ${answer.status}: the audit is exported for those who see everything.`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `audit-${format.today()}.jsonl`;
  link.click();
  URL.revokeObjectURL(link.href);
  return undefined;
}

export default function Audit() {
  const [{ q: search, outcome, correlation, actor }, set] = useFilters('q', 'outcome', 'correlation', 'actor');
  const variables = useMemo(() => ({ filter: {
    ...(search && { search }), ...(outcome && { outcome: outcome as Outcome }), ...(correlation && { correlation }), ...(actor && { actor }),
  } }), [search, outcome, correlation, actor]);
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const rows = useRows(AuditLog, variables, data => data.activity, { every: 15_000 });
  return (
    <>
      <PageHead title="System" lead="Every command that was answered, everything that operators did, and what somebody was not allowed to do."
        actions={<Button icon={<Download aria-hidden />} isPending={busy} onPress={async () => { setBusy(true); setFailure(await download(actor)); setBusy(false); }}>Export with proof</Button>} />
      {failure && <p className="note bad" role="alert">{failure}</p>}
      <SystemTabs />
      <div className="bar">
        <Find label="Find in reasons and problems" value={search} onChange={value => set('q', value)} />
        <Choose label="Outcome" value={outcome} onChange={value => set('outcome', value)} all="All" options={outcomes.map(each => [each, format.words(each)] as const)} />
        {actor && <Button small kind="quiet" onPress={() => set('actor', null)}>by {actor} ✕</Button>}
        {correlation && <Button small kind="quiet" onPress={() => set('correlation', null)}>one cause: {correlation.slice(0, 18)}… ✕</Button>}
      </div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Audit" what="The audit" rowKey={each => each.id} tall empty={<Empty title="Nothing is like this." />} />
      </Panel>
    </>
  );
}
