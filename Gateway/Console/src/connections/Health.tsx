import { useState } from 'react';
import { graphql } from '../api/generated';
import type { Guarantee } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useMay } from '../api/hooks';
import { Decision } from '../design/Decision';
import { PlainTable } from '../design/table';
import { Ago, Button, Chip, Facts, Foreign, Panel } from '../design/ui';
import * as format from '../text/format';
import type { ConnectionView } from './Connection';

const Check = graphql(`mutation CheckConnection($input: CheckConnectionInput!) { checkConnection(input: $input) { errors { ... on UserError { code message remedy } } } }`);

/** What the last request that changes nothing found; another one can be asked for. */
export function Health({ of: { name, health }, changed }: { of: ConnectionView; changed: () => void }) {
  const may = useMay();
  const [asked, setAsked] = useState<string | null>();
  const { way, start, close, send } = useDecision<'check'>(() => { setAsked(health?.checkedAt ?? null); changed(); });
  const waiting = asked !== undefined && asked === (health?.checkedAt ?? null);
  return (
    <Panel title="Health" id="health" aside={may('checkConnection') && <Button small isPending={waiting} onPress={() => start('check')}>Test call</Button>}>
      {health
        ? <p className="change"><Chip tone={health.healthy ? 'good' : 'bad'}>{health.healthy ? 'Answers' : 'Does not answer as it should'}</Chip><Foreign>{health.detail}</Foreign><span className="faint">asked <Ago at={health.checkedAt} /></span></p>
        : <p className="faint">It was not asked yet how it is.</p>}
      {waiting && <p role="status" className="faint">It is being asked; the answer comes within seconds.</p>}
      {way && (
        <Decision title={`Test call to ${name}`} verb="Call" close={close} act={reason => send(Check, { connection: name, reason })}>
          <p>It is asked something that changes nothing.</p>
        </Decision>
      )}
    </Panel>
  );
}

const guarantees: Record<Guarantee, string> = {
  NATURAL_KEY: 'our id is the record’s key there',
  VENDOR_IDEMPOTENCY: 'it recognises our key of the request',
  FIND_BEFORE_CREATE: 'it is looked for before it is made',
};

/** What can be asked of the system, and what keeps each from happening twice. */
export const Capabilities = ({ of: { capabilities } }: { of: ConnectionView }) => (
  <Panel title="What it can do" id="capabilities">
    {!capabilities ? <p className="faint">Its connector has not said yet.</p> : (
      <div className="stack">
        {capabilities.operations.length > 0 && (
          <PlainTable of={capabilities.operations} label="What can be asked of it" rowKey={each => each.operation} columns={[
            { head: 'Step', cell: each => <strong>{format.operation(each.operation)}</strong> },
            { head: 'Never twice, because', cell: each => guarantees[each.guarantee] },
          ]} />
        )}
        <Facts of={[
          ['Tells by itself', capabilities.receives ? 'yes, by webhook' : 'no'],
          ['Asked for news of', capabilities.feeds.length > 0 ? capabilities.feeds.map(format.operation).join(', ') : 'nothing'],
          ['Can be listed', capabilities.lists ? 'yes' : 'no: a comparison finds what is missing, not what is too much'],
          ['May still act', `${format.span(capabilities.longestProcessingSeconds)} after a request`],
        ]} />
      </div>
    )}
  </Panel>
);
