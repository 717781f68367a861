import { use } from 'react';
import { graphql } from '../api/generated';
import type { CorrectionListQuery, CorrectionStatus } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useFilters, useLive, useMay, useRows, useSees, Viewer } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Ago, Button, Empty, Facts, Foreign, Link, PageHead, Panel, Status, type Tone } from '../design/ui';
import { ExceptionTabs } from './ExceptionTabs';
import { Changes, Planned } from './Planned';

const CorrectionsOfDelivery = graphql(`
  query CorrectionsOfDelivery($filter: CorrectionFilter!, $audit: Boolean!) {
    corrections(first: 20, filter: $filter) {
      nodes {
        id connection status approvalNeeded reason proposedBy proposedAt decidedBy decidedAt note corrected { id }
        changes @include(if: $audit) { path before after }
        commands @include(if: $audit) { objectId command movesMoney outcome problems { message remedy } effects { connection operation count } }
      }
    }
  }
`);

const CorrectionList = graphql(`
  query CorrectionList($filter: CorrectionFilter, $first: Int, $after: String) {
    corrections(filter: $filter, first: $first, after: $after) {
      nodes { id connection status approvalNeeded reason proposedBy proposedAt decidedBy delivery { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const Approve = graphql(`mutation ApproveCorrection($input: ApproveCorrectionInput!) { approveCorrection(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Reject = graphql(`mutation RejectCorrection($input: RejectCorrectionInput!) { rejectCorrection(input: $input) { errors { ... on UserError { code message remedy } } } }`);

const tones: Record<CorrectionStatus, Tone> = { PROPOSED: 'wait', SENT: 'good', REJECTED: 'plain' };

/** What was proposed or sent in place of a delivery; a second person decides here. */
export function Corrections({ delivery, decided }: { delivery: string; decided: () => void }) {
  const may = useMay();
  const { name } = use(Viewer);
  const { data, refresh } = useLive(CorrectionsOfDelivery, { filter: { deliveryId: delivery }, audit: useSees()('audit') }, { on: ['connections'], every: 8_000 });
  const { way, start, close, send } = useDecision<{ correctionId: string; approve: boolean }>(() => { refresh(); decided(); });
  return (
    <>
      {data?.corrections.nodes.map(one => (
        <Panel key={one.id} title={`Correction ${one.id}`} id={`correction-${one.id}`} aside={<>
          <Status value={one.status} tone={tones[one.status]} />
          {one.status === 'PROPOSED' && may('approveCorrection') && one.proposedBy !== name && <Button small kind="primary" onPress={() => start({ correctionId: one.id, approve: true })}>Approve</Button>}
          {one.status === 'PROPOSED' && may('rejectCorrection') && <Button small kind="danger" onPress={() => start({ correctionId: one.id, approve: false })}>Reject</Button>}
        </>}>
          <div className="stack">
            {one.status === 'PROPOSED' && <p className="note wait">A second person has to decide. <Foreign>{one.approvalNeeded}</Foreign></p>}
            {one.changes && <Changes of={one.changes} />}
            {one.commands && <Planned of={one.commands} />}
            <Facts of={[
              ['Goes to', <Link key="c" to={`/connections/${one.connection}`}>{one.connection}</Link>],
              ['Becomes', <Link key="d" to={`/deliveries/${one.corrected.id}`}>delivery {one.corrected.id}</Link>],
              ['Proposed', <span key="p"><Ago at={one.proposedAt} /> by <Foreign>{one.proposedBy}</Foreign>: <Foreign>{one.reason}</Foreign></span>],
              one.decidedBy ? ['Decided', <span key="x"><Ago at={one.decidedAt} /> by <Foreign>{one.decidedBy}</Foreign>{one.note && <>: <Foreign>{one.note}</Foreign></>}</span>] : null,
            ]} />
          </div>
        </Panel>
      ))}
      {way && (way.approve
        ? <Decision title="Approve this correction" verb="Approve" optional label="Note" close={close} act={note => send(Approve, { correctionId: way.correctionId, ...(note && { note }) })}><p>The corrected delivery takes the place of the parked one, and is worked at once.</p></Decision>
        : <Decision title="Reject this correction" verb="Reject" danger close={close} act={reason => send(Reject, { correctionId: way.correctionId, reason })}><p>The delivery stays parked; another correction can be proposed.</p></Decision>)}
    </>
  );
}

type Row = CorrectionListQuery['corrections']['nodes'][number];

const columns: Column<Row>[] = [
  { id: 'what', header: 'Correction', meta: { width: '46%' }, cell: ({ row: { original } }) => (
    <><Link className="title" to={`/deliveries/${original.delivery.id}`}>{original.connection}, delivery {original.delivery.id}</Link><span className="second"><Foreign>{original.reason}</Foreign></span></>
  ) },
  { id: 'status', header: 'State', cell: ({ row: { original } }) => <><Status value={original.status} tone={tones[original.status]} />{original.decidedBy && <span className="second"><Foreign>{original.decidedBy}</Foreign></span>}</> },
  { id: 'by', header: 'Proposed', cell: ({ row }) => <><Ago at={row.original.proposedAt} /><span className="second"><Foreign>{row.original.proposedBy}</Foreign></span></> },
  { id: 'why', header: 'A second person, because', meta: { room: 'medium', width: '26%' }, cell: ({ row }) => <Foreign>{row.original.approvalNeeded}</Foreign> },
];

const states: [CorrectionStatus, string][] = [['PROPOSED', 'Waiting'], ['SENT', 'Sent'], ['REJECTED', 'Rejected']];

export default function CorrectionListPage() {
  const [{ state }, set] = useFilters('state');
  const rows = useRows(CorrectionList, { filter: state ? { status: [state as CorrectionStatus] } : {} }, data => data.corrections, { on: ['connections'], every: 8_000 });
  return (
    <>
      <PageHead title="Exceptions" lead="Deliveries that were corrected or sent elsewhere, and those that wait for a second person." />
      <ExceptionTabs />
      <div className="bar"><Choose label="State" value={state} onChange={value => set('state', value)} all="All" options={states} /></div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Corrections" what="Corrections" rowKey={each => each.id} tall
          empty={<Empty title={state ? 'No correction is in this state.' : 'Nothing was corrected yet.'}>A parked delivery can be corrected on its page, or from its exception.</Empty>} />
      </Panel>
    </>
  );
}
