import { useMemo, useState } from 'react';
import { useMutation } from 'urql';
import { graphql } from '../api/generated';
import { newKey, type Refusal as Problem } from '../api/decide';
import { Field } from '../design/fields';
import { Button, Window } from '../design/ui';
import { differences } from './differences';

const Correct = graphql(`
  mutation CorrectDelivery($input: CorrectDeliveryInput!) {
    correctDelivery(input: $input) { delivery { id } errors { ... on UserError { code message remedy } } }
  }
`);

const isJson = (contentType: string) => contentType.includes('json');

function problemOf(body: string, contentType: string): string | undefined {
  if (body.trim() === '') return 'It is empty.';
  if (isJson(contentType)) {
    try {
      JSON.parse(body);
    } catch (failure) {
      return `This is no JSON yet: ${(failure as Error).message}`;
    }
  }
  return contentType.includes('xml') && new DOMParser().parseFromString(body, 'application/xml').querySelector('parsererror')
    ? 'This is no XML yet.'
    : undefined;
}

/** What should have been delivered, beside what was, with what is different. The original stays as it is. */
export function CorrectDelivery({ delivery, close }: { delivery: { id: string; body: string; contentType: string }; close: (done: boolean) => void }) {
  const original = useMemo(() => {
    if (!isJson(delivery.contentType)) return delivery.body;
    try {
      return JSON.stringify(JSON.parse(delivery.body), null, 2);
    } catch {
      return delivery.body;
    }
  }, [delivery]);
  const [body, setBody] = useState(original);
  const [reason, setReason] = useState('');
  const [key] = useState(newKey);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [{ fetching }, correct] = useMutation(Correct);
  const invalid = problemOf(body, delivery.contentType);
  const lines = useMemo(() => differences(original, body), [original, body]);
  const same = lines.every(line => line.kind === 'same');
  const send = async () => {
    const answer = await correct({ input: { idempotencyKey: key, deliveryId: delivery.id, body, reason } });
    const errors = (answer.data?.correctDelivery.errors ?? []) as Problem[];
    if (answer.error) setProblems([{ code: '', message: 'The gateway did not answer.', remedy: 'Send it again: it is taken once, however often you do.' }]);
    else if (errors.length > 0) setProblems(errors);
    else close(true);
  };
  return (
    <Window title="Correct and retry" isOpen wide onClose={() => close(false)}>
      <form className="form" onSubmit={event => { event.preventDefault(); if (!invalid && !same && reason.trim()) void send(); }}>
        <p className="soft">The corrected delivery is a new one that refers to this one; what was received is kept as it came.</p>
        {problems.length > 0 && <div className="note bad" role="alert"><ul>{problems.map(each => <li key={each.message}>{each.message} <span className="remedy">{each.remedy}</span></li>)}</ul></div>}
        <div className="edit-columns">
          <Field label="What should have been delivered" value={body} onChange={setBody} lines={18} mono error={invalid} />
          <div className="field">
            <span className="field-label" id="differences">What is different</span>
            <div className="diff" role="region" aria-labelledby="differences" tabIndex={0}>
              {same
                ? <div>Nothing yet.</div>
                : lines.map((line, i) => (
                  <div key={i} className={line.kind}>
                    <span aria-hidden>{line.kind === 'added' ? '+ ' : line.kind === 'removed' ? '− ' : '  '}</span>
                    {line.kind !== 'same' && <span className="visually-hidden">{line.kind}: </span>}
                    {line.text}
                  </div>
                ))}
            </div>
          </div>
        </div>
        <Field label="Reason" value={reason} onChange={setReason} lines={2} required hint="Goes into the audit, with your name." />
        <div className="form-actions">
          <Button onPress={() => close(false)}>Cancel</Button>
          <Button type="submit" kind="primary" isPending={fetching} isDisabled={Boolean(invalid) || same || !reason.trim()}>Send the corrected one</Button>
        </div>
      </form>
    </Window>
  );
}
