import { graphql } from '../api/generated';
import type { DifferenceKind } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useMay } from '../api/hooks';
import { Decision } from '../design/Decision';
import { PlainTable } from '../design/table';
import { Ago, At, Button, Facts, Foreign, ObjectLink, Panel } from '../design/ui';
import * as format from '../text/format';
import type { ConnectionView } from './Connection';

const Compare = graphql(`mutation ReconcileConnection($input: ReconcileConnectionInput!) { reconcileConnection(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Repair = graphql(`mutation RepairDifference($input: RepairDifferenceInput!) { repairDifference(input: $input) { errors { ... on UserError { code message remedy } } } }`);

export const differenceKinds: Record<DifferenceKind, string> = {
  MISSING: 'is not there as it was sent', UNKNOWN: 'is there, and nobody sent it', TWICE: 'is there more than once',
};

/** What the system holds, compared with what was sent to it. */
export function Reconciliation({ of: { name, reconciliation: last }, changed }: { of: ConnectionView; changed: () => void }) {
  const may = useMay();
  const { way, start, close, send } = useDecision<'compare' | { repair: string }>(changed);
  const running = last != null && last.finishedAt == null;
  return (
    <Panel title="Compared with what was sent" id="reconciliation"
      aside={!running && may('reconcileConnection') && <Button small onPress={() => start('compare')}>Compare now</Button>}>
      {!last ? <p className="faint">Nobody asked for a comparison yet. It looks whether all that was sent is there, once.</p> : (
        <div className="stack">
          {last.problem && <p className="note wait"><Foreign>{last.problem}</Foreign></p>}
          <p className="answer-line">
            {running ? `${format.plural(last.checked, 'step')} compared so far.`
              : last.differences.length === 0 ? `All of ${format.plural(last.checked, 'step')} is there as it was sent.`
                : `${format.plural(last.differences.length, 'difference')} among ${format.plural(last.checked, 'step')}.`}
          </p>
          {last.differences.length > 0 && (
            <PlainTable of={last.differences} label="Differences" rowKey={each => each.id} columns={[
              { head: 'Record', cell: each => <><strong>{format.operation(each.record)}</strong> <ObjectLink id={each.subject} /><span className="second">{differenceKinds[each.kind]}</span></> },
              { head: 'There', room: 'medium', cell: each => <Foreign>{each.externalIds.join(', ')}</Foreign> },
              { head: 'Repair', cell: each => each.repairAskedAt
                ? <>sent again <Ago at={each.repairAskedAt} /><span className="second"><Foreign>{each.repairAskedBy}</Foreign></span></>
                : each.kind !== 'MISSING' ? <span className="faint">there, by hand</span>
                  : may('repairDifference') && <Button small onPress={() => start({ repair: each.id })}>Send again</Button> },
            ]} />
          )}
          <Facts of={[
            ['Asked by', <Foreign key="b">{last.askedBy}</Foreign>], ['Why', <Foreign key="w">{last.reason}</Foreign>],
            ['Sent since', <At key="s" at={last.since} />], ['Ended', <Ago key="e" at={last.finishedAt} />],
          ]} />
        </div>
      )}
      {way === 'compare' && (
        <Decision title={`Compare ${name}`} verb="Compare" close={close} act={reason => send(Compare, { connection: name, reason })}>
          <p>What was sent in the last 35 days is looked up there, one by one. Nothing is changed.</p>
        </Decision>
      )}
      {typeof way === 'object' && (
        <Decision title="Send it again" verb="Send again" close={close} act={reason => send(Repair, { connection: name, differenceId: way.repair, reason })}>
          <p>It is sent as it was. The next comparison shows whether it is there then.</p>
        </Decision>
      )}
    </Panel>
  );
}
