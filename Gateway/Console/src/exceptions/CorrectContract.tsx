import { useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../api/generated';
import { decide, newKey } from '../api/decide';
import { Decision } from '../design/Decision';
import { Field } from '../design/fields';

const Correct = graphql(`
  mutation CorrectContract($input: CorrectContractInput!) { correctContract(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

/** Puts right what the CRM said about a contract, and lets its activation go on. */
export function CorrectContract({ contractId, exceptionId, close }: { contractId: string; exceptionId: string; close: (done: boolean) => void }) {
  const client = useClient();
  const [key] = useState(newKey);
  const [legalEntity, setLegalEntity] = useState('');
  const [projectTemplate, setProjectTemplate] = useState('');
  return (
    <Decision title="Correct and retry" verb="Correct and retry" close={close} act={async reason => {
      if (!legalEntity.trim() && !projectTemplate.trim())
        return [{ code: '', message: 'Nothing is corrected yet.', remedy: 'Say which company or which template it should have been.' }];
      return decide(client, Correct, {
        idempotencyKey: key, contractId, exceptionId, reason,
        ...(legalEntity.trim() && { legalEntity: legalEntity.trim() }), ...(projectTemplate.trim() && { projectTemplate: projectTemplate.trim() }),
      });
    }}>
      <p className="soft">What is left empty stays as it is. What the CRM sent is kept beside the correction.</p>
      <div className="field-row">
        <Field label="Company" value={legalEntity} onChange={setLegalEntity} hint="As the policies name it, such as DE01." />
        <Field label="Project template" value={projectTemplate} onChange={setProjectTemplate} hint="As the policies name it, such as consulting." />
      </div>
    </Decision>
  );
}
