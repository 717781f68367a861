import { useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../api/generated';
import { decide, newKey, type Refusal } from '../api/decide';
import { useLive, useSettled } from '../api/hooks';
import { Field } from '../design/fields';
import { TextDifferences } from '../design/TextDifferences';
import { Button, Refused, Window } from '../design/ui';
import { Problems, Trial } from './Trial';

const PolicyProblems = graphql(`query PolicyProblems($document: String!, $text: String!) { policyProblems(document: $document, text: $text) { document line column message } }`);

const Propose = graphql(`mutation ProposePolicy($input: ProposePolicyInput!) { proposePolicy(input: $input) { errors { ... on UserError { code message remedy } } } }`);

const once = 600_000;

/** A new version of a document: checked as it is written, tried on what was recorded, proposed as a draft. */
export function Edit({ document, text: before, close }: { document: string; text: string; close: (done: boolean) => void }) {
  const client = useClient();
  const [text, setText] = useState(before);
  const [reason, setReason] = useState('');
  const [from, setFrom] = useState('');
  const [key] = useState(newKey);
  const [refused, setRefused] = useState<readonly Refusal[]>([]);
  const [busy, setBusy] = useState(false);
  const settled = useSettled(text);
  const { data } = useLive(PolicyProblems, { document, text: settled }, { every: once });
  const problems = settled === text ? data?.policyProblems : undefined;
  const ready = text !== before && problems?.length === 0 && reason.trim() !== '';
  const propose = async () => {
    setBusy(true);
    const answer = await decide(client, Propose, {
      idempotencyKey: key, document, text, reason: reason.trim(), ...(from && { effectiveFrom: new Date(from).toISOString() }),
    });
    setBusy(false);
    if (answer === 'lost') setRefused([{ code: '', message: 'The gateway did not answer.', remedy: 'Send it again: it is taken once, however often you do.' }]);
    else if (answer.length > 0) setRefused(answer);
    else close(true);
  };
  return (
    <Window title={`Change ${document}`} isOpen wide onClose={() => close(false)}>
      <form className="form" onSubmit={event => { event.preventDefault(); if (ready) void propose(); }}>
        <p className="soft">It becomes a draft. Nothing holds before a second person has approved it.</p>
        <Refused problems={refused} />
        <div className="edit-columns">
          <Field label="The document" value={text} onChange={setText} lines={22} mono />
          <div className="field">
            <span className="field-label">What is different</span>
            <TextDifferences before={before} after={text} label="What is different" />
          </div>
        </div>
        {problems && <Problems of={problems} />}
        {problems?.length === 0 && text !== before && <Trial of={{ document, text }} />}
        <div className="field-row">
          <Field label="Reason" value={reason} onChange={setReason} required hint="Goes into the audit, with your name." />
          <Field label="Holds from (if you like)" type="datetime-local" value={from} onChange={setFrom} hint="As soon as it is approved if left empty." />
        </div>
        <div className="form-actions">
          <Button onPress={() => close(false)}>Cancel</Button>
          <Button type="submit" kind="primary" isPending={busy} isDisabled={!ready}>Propose it</Button>
        </div>
      </form>
    </Window>
  );
}
