import { useState, type ReactNode } from 'react';
import type { Refusal } from '../api/decide';
import { Field } from './fields';
import { Button, Refused, Window } from './ui';

/** Asks for a reason and does one thing; what was refused is said, and what was typed stays. */
export function Decision({ title, children, verb, danger, optional, label = 'Reason', act, close }: {
  title: string; children?: ReactNode; verb: string; danger?: boolean; optional?: boolean; label?: string;
  act: (reason: string) => Promise<readonly Refusal[] | 'lost'>; close: (done: boolean) => void;
}) {
  const [reason, setReason] = useState('');
  const [problems, setProblems] = useState<readonly Refusal[]>([]);
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (!optional && !reason.trim()) return setMissing(true);
    setBusy(true);
    const answer = await act(reason.trim());
    setBusy(false);
    if (answer === 'lost') setProblems([{ code: '', message: 'The gateway did not answer.', remedy: 'Send it again: it is taken once, however often you do.' }]);
    else if (answer.length > 0) setProblems(answer);
    else close(true);
  };
  return (
    <Window title={title} isOpen onClose={() => close(false)}>
      <form className="form" onSubmit={event => { event.preventDefault(); void submit(); }}>
        {children}
        <Refused problems={problems} />
        <Field label={optional ? `${label} (if you like)` : label} value={reason} onChange={setReason} lines={2} required={!optional} autoFocus
          hint="Goes into the audit, with your name."
          error={missing && !reason.trim() ? 'Say why; whoever looks at this later wants to know.' : undefined} />
        <div className="form-actions">
          <Button onPress={() => close(false)}>Cancel</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} isPending={busy}>{verb}</Button>
        </div>
      </form>
    </Window>
  );
}
