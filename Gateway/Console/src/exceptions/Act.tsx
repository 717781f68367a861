import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useClient } from 'urql';
import { graphql } from '../api/generated';
import type { BulkActionKind, ExceptionFilter } from '../api/generated/graphql';
import { decide, newKey } from '../api/decide';
import { Decision } from '../design/Decision';
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

/** Proposes one action on many; it is tried dry first, and nothing is done before somebody starts it. */
export function ActOnMany({ way, ids, filter, count, close }: {
  way: Way; ids?: string[]; filter?: ExceptionFilter; count: number; close: (done: boolean) => void;
}) {
  const client = useClient();
  const navigate = useNavigate();
  const [key] = useState(newKey);
  const verb = way === 'retry' ? 'Retry' : 'Skip';
  return (
    <Decision title={`${verb} ${format.plural(count, 'exception')}`} verb="Try it dry" close={close} act={async reason => {
      const input = { idempotencyKey: key, kind: (way === 'retry' ? 'RETRY' : 'SKIP') satisfies BulkActionKind as BulkActionKind, reason, filter, exceptionIds: ids };
      const answer = await client.mutation(Propose, { input }).toPromise();
      const made = answer.data?.proposeBulkAction.bulkAction;
      if (made) void navigate(`/exceptions/bulk/${made.id}`);
      return answer.data ? answer.data.proposeBulkAction.errors as never : 'lost';
    }}>
      <p>{told[way]}</p>
      <p className="soft">Each is tried dry first: you see what would change and what would be sent. Then it starts small, grows, and can be paused.</p>
    </Decision>
  );
}
