import { use } from 'react';
import { BellOff, MessageSquare, UserCheck, UserMinus } from 'lucide-react';
import type { CaseAct } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useMay, Viewer } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Ago, Button, Foreign } from '../design/ui';
import * as format from '../text/format';
import { AssignOne, NoteOne, SnoozeOne } from './actions';

const dayLength = 86_400_000;

/** Who works on an exception or a group, notes, and letting it rest. */
export function Care({ id, assignee, snoozedUntil, changed }: { id: string; assignee?: string | null; snoozedUntil?: string | null; changed: () => void }) {
  const may = useMay();
  const { name } = use(Viewer);
  const { way, start, close, send } = useDecision<'take' | 'leave' | 'note' | 'rest' | 'wake'>(changed);
  if (!may('assignException')) return null;
  return (
    <div className="actions">
      {assignee === name
        ? <Button small icon={<UserMinus aria-hidden />} onPress={() => start('leave')}>Give it back</Button>
        : <Button small icon={<UserCheck aria-hidden />} onPress={() => start('take')}>Take it</Button>}
      <Button small icon={<MessageSquare aria-hidden />} onPress={() => start('note')}>Note</Button>
      {snoozedUntil
        ? <Button small onPress={() => start('wake')}>Wake it (rests until {format.instant(snoozedUntil)})</Button>
        : <Button small icon={<BellOff aria-hidden />} onPress={() => start('rest')}>Rest until tomorrow</Button>}
      {way === 'take' && <Decision title="Take it" verb="Take it" close={close} act={reason => send(AssignOne, { id, assignee: name, reason })} />}
      {way === 'leave' && <Decision title="Give it back" verb="Give it back" close={close} act={reason => send(AssignOne, { id, assignee: null, reason })} />}
      {way === 'note' && <Decision title="Write a note" verb="Write" label="Note" close={close} act={text => send(NoteOne, { id, text })} />}
      {way === 'rest' && (
        <Decision title="Let it rest until tomorrow" verb="Let it rest" close={close}
          act={reason => send(SnoozeOne, { id, until: new Date(Date.now() + dayLength).toISOString(), reason })}>
          <p>It comes back tomorrow. What fails later does not rest.</p>
        </Decision>
      )}
      {way === 'wake' && <Decision title="Wake it" verb="Wake it" close={close} act={reason => send(SnoozeOne, { id, until: null, reason })} />}
    </div>
  );
}

const acts: Record<CaseAct, string> = { ASSIGNED: 'gave it to', NOTED: 'noted', TAGGED: 'tagged', SNOOZED: 'let it rest' };

export const History = ({ of }: { of: readonly { act: CaseAct; detail?: string | null; text: string; by: string; at: string }[] }) => of.length === 0 ? null : (
  <ol className="history" aria-label="What people did about it">
    {of.map((each, i) => (
      <li key={i}><p><strong><Foreign>{each.by}</Foreign></strong> {acts[each.act]} <Foreign>{each.detail}</Foreign> <span className="faint"><Ago at={each.at} /></span></p><p className="soft"><Foreign>{each.text}</Foreign></p></li>
    ))}
  </ol>
);
