import { useState } from 'react';
import { useClient } from 'urql';
import { newKey } from '../api/hooks';
import { Field } from '../design/fields';
import { Amounts, Button, Chip, Foreign, Window } from '../design/ui';
import * as format from '../text/format';
import { RetryOne, SkipOne, type Problem } from './actions';
import type { InboxRow } from './Exceptions';

export type Way = 'retry' | 'skip';

type Outcome = { row: InboxRow; problem?: Problem };

/** Retries or skips what was chosen, one after another, with a reason; says of each what came of it, and can be stopped. */
export function ActOnMany({ way, of, close }: { way: Way; of: InboxRow[]; close: (done: boolean) => void }) {
  const client = useClient();
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [run, setRun] = useState<'no' | 'yes' | 'over'>('no');
  const [stop] = useState({ asked: false });
  const verb = way === 'retry' ? 'Retry' : 'Skip';
  const held = format.sums(of.map(row => row.held));
  const start = async () => {
    if (!reason.trim()) return setMissing(true);
    setRun('yes');
    for (const row of of) {
      if (stop.asked) break;
      const input = { idempotencyKey: newKey(), exceptionId: row.id, reason };
      const answer = way === 'retry'
        ? await client.mutation(RetryOne, { input }).toPromise()
        : await client.mutation(SkipOne, { input }).toPromise();
      const payload = answer.data && ('retryException' in answer.data ? answer.data.retryException : answer.data.skipException);
      const problem = payload?.errors[0] as Problem | undefined
        ?? (answer.error ? { code: '', message: answer.error.message.replace('[Network] ', ''), remedy: 'Try it again.' } : undefined);
      setOutcomes(current => [...current, { row, problem }]);
    }
    setRun('over');
  };
  const failed = outcomes.filter(each => each.problem).length;
  return (
    <Window title={of.length === 1 ? `${verb} this` : `${verb} ${format.number(of.length, 0)} exceptions`} isOpen
      onClose={() => { stop.asked = true; close(run !== 'no'); }}>
      {run === 'no'
        ? (
          <form className="form" onSubmit={event => { event.preventDefault(); void start(); }}>
            <p>
              {way === 'retry'
                ? 'What is stuck is tried again as it is. Nothing that was done before is done twice.'
                : 'What is stuck is left as it is and the process goes on without it. What it would have done has to be done by hand.'}
              {held.length > 0 && <> It holds up <strong><Amounts values={held} /></strong>.</>}
            </p>
            {of.length > 1 && <ul className="results">{of.slice(0, 50).map(row => <li key={row.id}><span><Foreign>{row.message}</Foreign></span></li>)}</ul>}
            <Field label="Reason" value={reason} onChange={setReason} lines={2} required autoFocus hint="Goes into the audit, with your name."
              error={missing && !reason.trim() ? 'Say why; whoever looks at this later wants to know.' : undefined} />
            <div className="form-actions">
              <Button onPress={() => close(false)}>Cancel</Button>
              <Button type="submit" kind={way === 'retry' ? 'primary' : 'danger'}>{of.length === 1 ? verb : `${verb} ${format.number(of.length, 0)}`}</Button>
            </div>
          </form>
        )
        : (
          <div className="form">
            <div className="progress" role="progressbar" aria-label="Progress" aria-valuemin={0} aria-valuemax={of.length} aria-valuenow={outcomes.length}>
              <i style={{ width: `${outcomes.length / of.length * 100}%` }} />
            </div>
            <p role="status">
              {run === 'yes' ? `${outcomes.length} of ${of.length} …` : `${format.plural(outcomes.length - failed, 'one was', 'were')} taken${failed > 0 ? `, ${failed} refused` : ''}.`}
            </p>
            <ul className="results">
              {outcomes.map(({ row, problem }) => (
                <li key={row.id}>
                  <span title={problem ? `${problem.message} ${problem.remedy}` : undefined}><Foreign>{problem ? `${problem.message} ${problem.remedy}` : row.message}</Foreign></span>
                  <Chip tone={problem ? 'bad' : 'good'}>{problem ? problem.code || 'Failed' : way === 'retry' ? 'Tried again' : 'Skipped'}</Chip>
                </li>
              ))}
            </ul>
            <div className="form-actions">
              {run === 'yes' ? <Button onPress={() => { stop.asked = true; }}>Stop</Button> : <Button kind="primary" autoFocus onPress={() => close(true)}>Done</Button>}
            </div>
          </div>
        )}
    </Window>
  );
}
