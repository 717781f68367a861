import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useClient } from 'urql';
import { graphql } from '../api/generated';
import type { BulkActionKind, DeliverySelection, ExceptionFilter } from '../api/generated/graphql';
import { decide, newKey, type Refusal } from '../api/decide';
import { useLive } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose, Field } from '../design/fields';
import { Money } from '../design/ui';
import * as format from '../text/format';
import { RetryOne, SkipOne } from './actions';

export type Way = 'retry' | 'skip';

const told = {
  retry: 'What is stuck is tried again as it is. Nothing that was done before is done twice.',
  skip: 'What is stuck is left as it is and the process goes on without it. What it would have done has to be done by hand.',
};

/** Retries or skips one exception, with a reason. */
export function ActOnOne({ way, of, close }: { way: Way; of: { id: string; held?: format.MoneyValue | null }; close: (done: boolean) => void }) {
  const client = useClient();
  const [key] = useState(newKey);
  const verb = way === 'retry' ? 'Retry' : 'Skip';
  return (
    <Decision title={`${verb} this`} verb={verb} danger={way === 'skip'} close={close}
      act={reason => {
        const input = { idempotencyKey: key, exceptionId: of.id, reason };
        return way === 'retry' ? decide(client, RetryOne, input) : decide(client, SkipOne, input);
      }}>
      <p>{told[way]}{of.held && <> It holds up <strong><Money value={of.held} /></strong>.</>}</p>
    </Decision>
  );
}

const Propose = graphql(`
  mutation ProposeBulkAction($input: ProposeBulkActionInput!) {
    proposeBulkAction(input: $input) { bulkAction { id } errors { ... on UserError { code message remedy } } }
  }
`);

const Systems = graphql(`query Systems { connections { name } }`);

type Selected = { ids?: string[]; filter?: ExceptionFilter; count: number } | { deliveries: DeliverySelection };

const many: Record<BulkActionKind, [verb: string, told: string]> = {
  RETRY: ['Retry', told.retry],
  SKIP: ['Skip', told.skip],
  COMPENSATE: ['Undo', 'The activation of each is undone in the other systems, step by step.'],
  ASSIGN: ['Assign', 'Somebody is to work on each; nobody if the name is left empty.'],
  TAG: ['Tag', 'Each gets these tags.'],
  SNOOZE: ['Let rest', 'Each rests until then; what comes later does not.'],
  HOLD: ['Hold billing of', 'Nothing of the engagement of each goes onto an invoice until somebody releases it.'],
  RELEASE: ['Release billing of', 'Every hold that was placed on the engagement of each is released.'],
  REROUTE: ['Send elsewhere', 'Another connection takes the delivery, or everything that the object asks of this one, now and later.'],
  REPLAY: ['Replay', 'Deliveries that were processed are processed again, the oldest first. What is known already changes nothing.'],
};

/** Proposes one action on many; it is tried dry first, and nothing is done before somebody starts it. */
export function ActOnMany({ kind: first, of, close }: { kind: BulkActionKind; of: Selected; close: (done: boolean) => void }) {
  const client = useClient();
  const navigate = useNavigate();
  const { data } = useLive(Systems, {}, { every: 600_000 });
  const [key] = useState(newKey);
  const [kind, setKind] = useState(first);
  const [detail, setDetail] = useState('');
  const [verb, saying] = many[kind];
  const replay = 'deliveries' in of;
  const asked: Partial<Record<BulkActionKind, object>> = {
    ASSIGN: { assignee: detail || null }, TAG: { addTags: detail.split(',').map(each => each.trim()).filter(Boolean) },
    SNOOZE: { until: detail ? new Date(detail).toISOString() : null }, REROUTE: { connection: detail },
  };
  return (
    <Decision title={replay ? 'Replay deliveries' : `${verb} ${format.plural(of.count, 'exception')}`} verb="Try it dry" close={close} act={async reason => {
      const { data: answer } = await client.mutation(Propose, { input: {
        idempotencyKey: key, kind, reason, ...asked[kind], ...(replay ? { deliveries: of.deliveries } : { filter: of.filter, exceptionIds: of.ids }),
      } }).toPromise();
      if (!answer) return 'lost';
      if (answer.proposeBulkAction.bulkAction) void navigate(`/exceptions/bulk/${answer.proposeBulkAction.bulkAction.id}`);
      return answer.proposeBulkAction.errors as Refusal[];
    }}>
      {!replay && <Choose label="What" value={kind} onChange={value => { setKind(value as BulkActionKind); setDetail(''); }}
        options={Object.entries(many).filter(([each]) => each !== 'REPLAY').map(([each, [text]]) => [each, text] as const)} />}
      <p>{saying}</p>
      {kind === 'ASSIGN' && <Field label="Who" value={detail} onChange={setDetail} />}
      {kind === 'TAG' && <Field label="Tags" value={detail} onChange={setDetail} hint="Several by commas." />}
      {kind === 'SNOOZE' && <Field label="Until" type="datetime-local" value={detail} onChange={setDetail} />}
      {kind === 'REROUTE' && <Choose label="Goes to" value={detail} onChange={setDetail} options={(data?.connections ?? []).map(each => [each.name, each.name] as const)} />}
      <p className="soft">Each is tried dry first: you see what would change and what would be sent. Then it starts small, grows, and can be paused.</p>
    </Decision>
  );
}
