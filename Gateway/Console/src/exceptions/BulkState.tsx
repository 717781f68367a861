import type { BulkActionStatus } from '../api/generated/graphql';
import { Status, type Tone } from '../design/ui';

const tones: Partial<Record<BulkActionStatus, Tone>> = {
  CHECKING: 'run', READY: 'wait', PAUSED: 'wait', COMPLETED: 'good', CANCELLED: 'plain', REJECTED: 'plain',
};

export const BulkState = ({ of }: { of: { status: BulkActionStatus } }) => <Status value={of.status} tone={tones[of.status]} />;
