import { use, useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { Pencil } from 'lucide-react';
import { graphql } from '../api/generated';
import type { PolicyPageQuery, PolicyVersionsQuery } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useLive, useMay, useRows, Viewer } from '../api/hooks';
import { Decision } from '../design/Decision';
import { DataTable, type Column } from '../design/table';
import { TextDifferences } from '../design/TextDifferences';
import { Ago, At, Button, Empty, Facts, Failure, Foreign, Link, Loading, PageHead, Panel, Status } from '../design/ui';
import { Edit } from './Edit';
import { Trial } from './Trial';

const PolicyPage = graphql(`
  query PolicyPage($document: String!) {
    policy(document: $document) {
      document kind connection text shipped
      inForce { number holdsFrom reason proposedBy decidedBy }
      scheduled { id number holdsFrom reason }
      open { id number status text reason effectiveFrom proposedBy proposedAt submittedBy }
    }
  }
`);

const PolicyVersions = graphql(`
  query PolicyVersions($document: String!, $first: Int, $after: String) {
    policy(document: $document) {
      versions(first: $first, after: $after) {
        nodes { id number status reason proposedBy proposedAt decidedBy decisionNote holdsFrom holdsUntil }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

const Submit = graphql(`mutation SubmitPolicy($input: MovePolicyInput!) { submitPolicy(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Approve = graphql(`mutation ApprovePolicy($input: ApprovePolicyInput!) { approvePolicy(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Reject = graphql(`mutation RejectPolicy($input: MovePolicyInput!) { rejectPolicy(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Withdraw = graphql(`mutation WithdrawPolicy($input: MovePolicyInput!) { withdrawPolicy(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const RollBack = graphql(`mutation RollBackPolicy($input: MovePolicyInput!) { rollBackPolicy(input: $input) { errors { ... on UserError { code message remedy } } } }`);

type Open = NonNullable<PolicyPageQuery['policy']>['open'][number];
type Version = NonNullable<PolicyVersionsQuery['policy']>['versions']['nodes'][number];
type Deciding = { way: 'submit' | 'approve' | 'reject' | 'withdraw' | 'rollBack'; version: number };

/** One document: what holds, what is proposed and what it would change, and what held before. */
export default function Policy() {
  const { '*': document = '' } = useParams();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  const { data, error, loading, refresh } = useLive(PolicyPage, { document }, { every: 8_000 });
  const versions = useRows(PolicyVersions, { document }, answer => answer.policy?.versions, { every: 15_000 });
  const deciding = useDecision<Deciding>(() => { refresh(); versions.refresh(); });
  const { start } = deciding;
  const rollsBack = may('rollBackPolicy');
  const columns = useMemo((): Column<Version>[] => [...plain, ...(rollsBack ? [{
    id: 'back', header: '', cell: ({ row: { original } }: { row: { original: Version } }) => original.status === 'REPLACED'
      && <Button small onPress={() => start({ way: 'rollBack', version: original.number })}>Roll back to it</Button>,
  }] : [])], [start, rollsBack]);
  if (loading) return <Loading what="the document" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The document" />;
  const { policy } = data;
  if (!policy) return <Empty title="There is no such document."><Link to="/connections/policies">Policies and mappings</Link></Empty>;
  const { inForce, text } = policy;
  return (
    <>
      <PageHead crumbs={[{ to: '/connections', text: 'Connections' }, { to: '/connections/policies', text: 'Policies and mappings' }]}
        title={policy.document} lead={<><Status value={policy.kind} tone="plain" />{policy.connection && <Link to={`/connections/${policy.connection}`}>{policy.connection}</Link>}</>}
        actions={may('proposePolicy') && <Button kind="primary" icon={<Pencil aria-hidden />} onPress={() => setEditing(true)}>Change it</Button>} />
      <div className="stack">
        {policy.open.map(version => <Proposed key={version.id} of={version} document={document} before={text ?? ''} start={start} />)}
        {policy.scheduled.map(version => <p key={version.id} className="note wait">Version {version.number} is approved and holds from <At at={version.holdsFrom} />: <Foreign>{version.reason}</Foreign></p>)}
        <Panel title={inForce ? `Version ${inForce.number} holds` : 'Holds as it comes with Q2C'} id="in-force"
          aside={inForce && <span>since <Ago at={inForce.holdsFrom} />, by <Foreign>{inForce.decidedBy ?? inForce.proposedBy}</Foreign></span>}>
          <pre className="payload numbered" tabIndex={0} aria-label="The document in force">{(text ?? '').split('\n').map((line, i) => <span key={i}>{line}{'\n'}</span>)}</pre>
        </Panel>
        <Panel flush title="Versions" id="versions">
          <DataTable rows={versions} columns={columns} label="Versions" what="Versions" rowKey={each => each.id} empty={<Empty title="Nobody has changed it." />} />
        </Panel>
      </div>
      {editing && <Edit document={document} text={text ?? ''} close={done => { setEditing(false); if (done) { refresh(); versions.refresh(); } }} />}
      <Deciding document={document} decision={deciding} />
    </>
  );
}

function Proposed({ of, document, before, start }: { of: Open; document: string; before: string; start: (way: Deciding) => void }) {
  const may = useMay();
  const { name } = use(Viewer);
  const waiting = of.status === 'AWAITING_APPROVAL';
  const own = of.proposedBy === name || of.submittedBy === name;
  const version = of.number;
  return (
    <Panel title={`Version ${of.number} is proposed`} id={`version-${of.number}`} aside={<>
      <Status value={of.status} />
      {of.status === 'DRAFT' && may('submitPolicy') && <Button small kind="primary" onPress={() => start({ way: 'submit', version })}>Submit</Button>}
      {waiting && !own && may('approvePolicy') && <Button small kind="primary" onPress={() => start({ way: 'approve', version })}>Approve</Button>}
      {waiting && !own && may('rejectPolicy') && <Button small kind="danger" onPress={() => start({ way: 'reject', version })}>Reject</Button>}
      {may('withdrawPolicy') && <Button small onPress={() => start({ way: 'withdraw', version })}>Withdraw</Button>}
    </>}>
      <div className="stack">
        {waiting && (own || !may('approvePolicy')) && <p className="note wait">Somebody who neither wrote nor submitted it has to approve it.</p>}
        <TextDifferences before={before} after={of.text} label="What it changes" />
        <Trial of={{ document, version }} />
        <Facts of={[
          ['Proposed', <span key="p"><Ago at={of.proposedAt} /> by <Foreign>{of.proposedBy}</Foreign></span>],
          ['Why', <Foreign key="w">{of.reason}</Foreign>],
          of.effectiveFrom ? ['Holds from', <At key="f" at={of.effectiveFrom} />] : null,
        ]} />
      </div>
    </Panel>
  );
}

const plain: Column<Version>[] = [
  { id: 'number', header: 'Version', cell: ({ row }) => <strong>{row.original.number}</strong> },
  { id: 'status', header: 'State', cell: ({ row }) => <Status value={row.original.status} /> },
  { id: 'why', header: 'Why', meta: { width: '36%', room: 'medium' }, cell: ({ row: { original } }) => <><Foreign>{original.reason ?? 'From the files, at the first start.'}</Foreign>{original.decisionNote && <span className="second"><Foreign>{original.decidedBy}</Foreign>: <Foreign>{original.decisionNote}</Foreign></span>}</> },
  { id: 'by', header: 'Proposed', meta: { room: 'medium' }, cell: ({ row: { original } }) => <><Foreign>{original.proposedBy}</Foreign><span className="second"><Ago at={original.proposedAt} /></span></> },
  { id: 'held', header: 'Held', meta: { room: 'wide' }, cell: ({ row: { original } }) => original.holdsFrom ? <><At at={original.holdsFrom} />{original.holdsUntil && <> – <At at={original.holdsUntil} /></>}</> : <span className="none">–</span> },
];

function Deciding({ document, decision: { way, close, send } }: { document: string; decision: ReturnType<typeof useDecision<Deciding>> }) {
  if (!way) return null;
  const about = { document, version: way.version };
  switch (way.way) {
    case 'submit': return <Decision title={`Submit version ${way.version}`} verb="Submit" close={close} act={reason => send(Submit, { ...about, reason })}><p>It then waits for somebody else to approve it.</p></Decision>;
    case 'approve': return <Decision title={`Approve version ${way.version}`} verb="Approve" optional label="Note" close={close} act={note => send(Approve, { ...about, ...(note && { note }) })}><p>It holds at once, or from the moment that was asked for; never for the past. Every process takes it over within seconds.</p></Decision>;
    case 'reject': return <Decision title={`Reject version ${way.version}`} verb="Reject" danger close={close} act={reason => send(Reject, { ...about, reason })} />;
    case 'withdraw': return <Decision title={`Withdraw version ${way.version}`} verb="Withdraw" danger close={close} act={reason => send(Withdraw, { ...about, reason })} />;
    case 'rollBack': return <Decision title={`Roll back to version ${way.version}`} verb="Roll back" danger close={close} act={reason => send(RollBack, { ...about, reason })}><p>It holds again at once, and what was to follow is dropped.</p></Decision>;
  }
}
