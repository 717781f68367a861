import { useMemo, useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../api/generated';
import { decide, newKey, type Refusal } from '../api/decide';
import { useLive, useSettled } from '../api/hooks';
import { Choose, Field } from '../design/fields';
import { TextDifferences } from '../design/TextDifferences';
import { Button, Foreign, Refused, Window } from '../design/ui';
import { Planned } from './Planned';

const Preview = graphql(`
  query CorrectionPreview($deliveryId: ID!, $body: String!, $connection: String) {
    correctionPreview(deliveryId: $deliveryId, body: $body, connection: $connection) {
      commands { objectId command movesMoney outcome problems { message remedy } effects { connection operation count } }
      problems { code message remedy path line column }
      waits approvalNeeded
    }
    connections { name }
  }
`);

const Correct = graphql(`mutation CorrectDelivery($input: CorrectDeliveryInput!) { correctDelivery(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Reroute = graphql(`mutation RerouteDelivery($input: RerouteDeliveryInput!) { rerouteDelivery(input: $input) { errors { ... on UserError { code message remedy } } } }`);

const once = 600_000;

function pretty({ body, contentType }: { body: string; contentType: string }): string {
  if (!contentType.includes('json')) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** What should have been delivered, beside what was, tried as it is written. The original stays as it is. */
export function CorrectDelivery({ delivery, close }: {
  delivery: { id: string; connection: string; body: string; contentType: string }; close: (done: boolean) => void;
}) {
  const client = useClient();
  const original = useMemo(() => pretty(delivery), [delivery.body, delivery.contentType]);
  const [body, setBody] = useState(original);
  const [connection, setConnection] = useState('');
  const [reason, setReason] = useState('');
  const [key] = useState(newKey);
  const [refused, setRefused] = useState<readonly Refusal[]>([]);
  const [busy, setBusy] = useState(false);
  const settled = useSettled(body);
  const { data } = useLive(Preview, { deliveryId: delivery.id, body: settled, connection: connection || null }, { every: once });
  const preview = settled === body ? data?.correctionPreview : undefined;
  const same = body === original;
  const ready = preview != null && preview.problems.length === 0 && (!same || connection !== '') && reason.trim() !== '';
  const send = async () => {
    setBusy(true);
    const input = { idempotencyKey: key, deliveryId: delivery.id, reason: reason.trim() };
    const answer = connection
      ? await decide(client, Reroute, { ...input, connection, ...(!same && { body }) })
      : await decide(client, Correct, { ...input, body });
    setBusy(false);
    if (answer === 'lost') setRefused([{ code: '', message: 'The gateway did not answer.', remedy: 'Send it again: it is taken once, however often you do.' }]);
    else if (answer.length > 0) setRefused(answer);
    else close(true);
  };
  return (
    <Window title="Correct and retry" isOpen wide onClose={() => close(false)}>
      <form className="form" onSubmit={event => { event.preventDefault(); if (ready) void send(); }}>
        <p className="soft">The corrected delivery is a new one that refers to this one; what was received is kept as it came.</p>
        <Refused problems={refused} />
        <div className="edit-columns">
          <Field label="What should have been delivered" value={body} onChange={setBody} lines={18} mono
            error={preview?.problems.map(each => `${each.line != null ? `Line ${each.line}, column ${each.column}: ` : ''}${each.message}`).join(' ')} />
          <div className="field">
            <span className="field-label">What is different</span>
            <TextDifferences before={original} after={body} label="What is different" />
          </div>
        </div>
        <Choose label="Goes to" value={connection} onChange={setConnection} all={delivery.connection}
          options={(data?.connections ?? []).filter(each => each.name !== delivery.connection).map(each => [each.name, each.name] as const)} />
        <section aria-label="Dry run" className="stack" aria-busy={preview == null}>
          <h3>What would come of it</h3>
          {preview == null ? <p role="status" className="faint">It is being tried …</p>
            : preview.problems.length > 0 ? <p className="bad-text">It cannot be read yet.</p>
              : preview.waits ? <p className="note wait"><Foreign>{preview.waits}</Foreign></p> : <Planned of={preview.commands} />}
          {preview?.approvalNeeded && <p className="note wait">A second person has to approve it. <Foreign>{preview.approvalNeeded}</Foreign></p>}
        </section>
        <Field label="Reason" value={reason} onChange={setReason} lines={2} required hint="Goes into the audit, with your name." />
        <div className="form-actions">
          <Button onPress={() => close(false)}>Cancel</Button>
          <Button type="submit" kind="primary" isPending={busy} isDisabled={!ready}>{preview?.approvalNeeded ? 'Propose it' : 'Send the corrected one'}</Button>
        </div>
      </form>
    </Window>
  );
}
