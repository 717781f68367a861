import { useParams } from 'react-router';
import { Check, Pause, Play, Square } from 'lucide-react';
import { graphql } from '../api/generated';
import type { BulkActionPageQuery, BulkItemsQuery } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { tell, useLive, useMay, useRows, useSubscription } from '../api/hooks';
import { Decision } from '../design/Decision';
import { DataTable, PlainTable, type Column } from '../design/table';
import { Ago, Amounts, Button, Chip, Empty, Facts, Failure, Foreign, Link, Loading, Meter, Money, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { BulkState } from './BulkState';
import './exceptions.css';

const BulkActionPage = graphql(`
  query BulkActionPage($id: ID!) {
    bulkAction(id: $id) {
      id kind reason perMinute status proposedBy proposedAt total checked possible impossible held { amount currency }
      plannedEffects { connection operation count } approvalNeeded decidedBy decisionNote startedAt pausedReason
      done succeeded failed unsettled completedAt
    }
  }
`);

const BulkItems = graphql(`
  query BulkItems($id: ID!, $first: Int, $after: String) {
    bulkAction(id: $id) {
      items(first: $first, after: $after) {
        nodes { id number exceptionId held { amount currency } possible effects finding outcome message exception { message code contract { name customerName } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

const BulkGoesOn = graphql(`subscription BulkGoesOn($id: ID!) { bulkActionProgress(bulkActionId: $id) { cursor } }`);

const Start = graphql(`mutation StartBulk($input: MoveBulkActionInput!) { startBulkAction(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const PauseIt = graphql(`mutation PauseBulk($input: MoveBulkActionInput!) { pauseBulkAction(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Resume = graphql(`mutation ResumeBulk($input: MoveBulkActionInput!) { resumeBulkAction(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Cancel = graphql(`mutation CancelBulk($input: MoveBulkActionInput!) { cancelBulkAction(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Reject = graphql(`mutation RejectBulk($input: MoveBulkActionInput!) { rejectBulkAction(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Approve = graphql(`mutation ApproveBulk($input: DecideBulkActionInput!) { approveBulkAction(input: $input) { errors { ... on UserError { code message remedy } } } }`);

type Action = NonNullable<BulkActionPageQuery['bulkAction']>;
type Item = NonNullable<BulkItemsQuery['bulkAction']>['items']['nodes'][number];

export default function Bulk() {
  const { actionId = '' } = useParams();
  const { data, error, loading, refresh } = useLive(BulkActionPage, { id: actionId }, { every: 3_000 });
  const items = useRows(BulkItems, { id: actionId }, answer => answer.bulkAction?.items, { every: 5_000 });
  useSubscription({ query: BulkGoesOn, variables: { id: actionId } }, (_, event) => { refresh(); tell('exceptions'); return event; });
  if (loading) return <Loading what="the bulk action" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The bulk action" />;
  const action = data.bulkAction;
  if (!action) return <Empty title="There is no such bulk action."><Link to="/exceptions">Exceptions</Link></Empty>;
  return (
    <>
      <PageHead crumbs={[{ to: '/exceptions', text: 'Exceptions' }, { to: '/exceptions/bulk', text: 'Bulk actions' }]}
        title={`${format.words(action.kind)} ${format.plural(action.total, action.kind === 'REPLAY' ? 'delivery' : 'exception', action.kind === 'REPLAY' ? 'deliveries' : 'exceptions')}`} lead={<BulkState of={action} />}
        actions={<Moves action={action} moved={() => { refresh(); items.refresh(); }} />} />
      <div className="stack">
        <DryRun action={action} />
        {action.startedAt && <Progress action={action} />}
        <Panel flush title="Each of them" id="items">
          <DataTable rows={items} columns={columns} label="Items of the bulk action" what="Items" rowKey={item => item.id} empty={<Empty title="Nothing was selected." />} />
        </Panel>
      </div>
    </>
  );
}

function Moves({ action, moved }: { action: Action; moved: () => void }) {
  const may = useMay();
  const { way, start, close, send } = useDecision<'start' | 'pause' | 'resume' | 'cancel' | 'approve' | 'reject'>(moved);
  const bulkActionId = action.id;
  const moves = { start: [Start, 'Start it', 'Start'], pause: [PauseIt, 'Pause it', 'Pause'], resume: [Resume, 'Go on', 'Go on'], cancel: [Cancel, 'Cancel it', 'Cancel it'], reject: [Reject, 'Reject it', 'Reject'] } as const;
  const open = ['CHECKING', 'AWAITING_APPROVAL', 'READY', 'RUNNING', 'PAUSED'].includes(action.status);
  return (
    <>
      {action.status === 'READY' && may('startBulkAction') && <Button kind="primary" icon={<Play aria-hidden />} onPress={() => start('start')}>Start</Button>}
      {action.status === 'RUNNING' && may('pauseBulkAction') && <Button icon={<Pause aria-hidden />} onPress={() => start('pause')}>Pause</Button>}
      {action.status === 'PAUSED' && may('resumeBulkAction') && <Button kind="primary" icon={<Play aria-hidden />} onPress={() => start('resume')}>Go on</Button>}
      {action.status === 'AWAITING_APPROVAL' && may('approveBulkAction') && (
        <><Button kind="primary" icon={<Check aria-hidden />} onPress={() => start('approve')}>Approve</Button><Button kind="danger" onPress={() => start('reject')}>Reject</Button></>
      )}
      {open && may('cancelBulkAction') && <Button icon={<Square aria-hidden />} onPress={() => start('cancel')}>Cancel it</Button>}
      {way === 'approve' && <Decision title="Approve it" verb="Approve" optional label="Note" close={close} act={note => send(Approve, { bulkActionId, ...(note && { note }) })} />}
      {way && way !== 'approve' && (
        <Decision title={moves[way][1]} verb={moves[way][2]} danger={way === 'cancel' || way === 'reject'} close={close}
          act={reason => send(moves[way as 'start'][0], { bulkActionId, reason })} />
      )}
    </>
  );
}

function DryRun({ action }: { action: Action }) {
  return (
    <Panel title="Dry run" id="dry" aside={action.checked < action.total ? `${action.checked} of ${action.total} tried` : undefined}>
      <div className="stack">
        {action.checked < action.total && <Meter label="Tried dry" done={action.checked} of={action.total} />}
        <p className="answer-line">
          {format.plural(action.possible, 'can be done', 'can be done')}{action.impossible > 0 && <>, {format.number(action.impossible, 0)} cannot and {action.impossible === 1 ? 'is' : 'are'} left out</>}
          {action.held.length > 0 && <>; <strong><Amounts values={action.held} /></strong> wait on them</>}.
        </p>
        {action.status === 'AWAITING_APPROVAL' && <p className="note wait">{action.approvalNeeded ?? 'A second person has to decide.'}</p>}
        {action.plannedEffects.length > 0 && (
          <PlainTable of={action.plannedEffects} label="What would be sent" rowKey={each => `${each.connection} ${each.operation}`} columns={[
            { head: 'Would be sent to', cell: each => each.connection },
            { head: 'What', cell: each => format.operation(each.operation) },
            { head: 'How often', end: true, cell: each => format.number(each.count, 0) },
          ]} />
        )}
        <Facts of={[
          ['Reason', <Foreign key="r">{action.reason}</Foreign>],
          ['Proposed', <span key="p"><Ago at={action.proposedAt} /> by <Foreign>{action.proposedBy}</Foreign></span>],
          ['At most', `${format.number(action.perMinute, 0)} a minute`],
          action.decidedBy ? ['Decided by', <span key="d"><Foreign>{action.decidedBy}</Foreign> <Foreign>{action.decisionNote}</Foreign></span>] : null,
        ]} />
      </div>
    </Panel>
  );
}

const Progress = ({ action }: { action: Action }) => (
  <Panel title="Progress" id="progress">
    <div className="stack">
      <Meter label="Settled" done={action.done} of={action.total} />
      {action.pausedReason && action.status === 'PAUSED' && <p className="note wait"><Foreign>{action.pausedReason}</Foreign></p>}
      <Facts of={[
        ['Settled', `${format.number(action.done, 0)} of ${format.number(action.total, 0)}`], ['Succeeded', format.number(action.succeeded, 0)],
        ['Failed', format.number(action.failed, 0)], ['Not answered yet', format.number(action.unsettled, 0)], ['Ended', <Ago key="e" at={action.completedAt} />],
      ]} />
    </div>
  </Panel>
);

const outcomes = { SUCCEEDED: 'good', FAILED: 'bad', UNSETTLED: 'run', LEFT_OUT: 'plain' } as const;

const columns: Column<Item>[] = [
  { id: 'number', header: '#', meta: { width: '3.5rem' }, cell: ({ row }) => row.original.number },
  { id: 'what', header: 'Exception', meta: { width: '45%' }, cell: ({ row: { original } }) => (
    <>
      <Link className="title" to={`/exceptions?id=${encodeURIComponent(original.exceptionId)}`}><Foreign>{original.exception?.contract ? `${original.exception.contract.customerName}: ${original.exception.contract.name}` : original.exceptionId}</Foreign></Link>
      <span className="second"><Foreign>{original.message ?? original.finding ?? original.exception?.message}</Foreign></span>
    </>
  ) },
  { id: 'held', header: 'Held up', meta: { end: true, room: 'medium' }, cell: ({ row }) => <Money value={row.original.held} /> },
  { id: 'dry', header: 'Dry run', cell: ({ row: { original } }) => original.possible == null ? <span className="none">–</span> : <Chip tone={original.possible ? 'good' : 'bad'}>{original.possible ? 'possible' : 'not possible'}</Chip> },
  { id: 'outcome', header: 'Came of it', cell: ({ row: { original } }) => original.outcome ? <Status value={original.outcome} tone={outcomes[original.outcome]} /> : <span className="none">–</span> },
];
