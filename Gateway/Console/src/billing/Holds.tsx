import { useState } from 'react';
import { Hand } from 'lucide-react';
import { graphql } from '../api/generated';
import { useDecision } from '../api/decide';
import { useMay } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose } from '../design/fields';
import { Ago, Button, Foreign, ObjectLink } from '../design/ui';

const Hold = graphql(`mutation HoldBilling($input: HoldBillingInput!) { holdBilling(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Release = graphql(`mutation ReleaseBilling($input: ReleaseBillingInput!) { releaseBilling(input: $input) { errors { ... on UserError { code message remedy } } } }`);

export type StandingHold = { id: string; placedOn: string; reason: string; placedBy: string; placedAt: string };

/** Holds an object's billing back, or that of something above it. */
export function HoldButton({ of, changed }: { of: readonly (readonly [id: string, name: string])[]; changed: () => void }) {
  const may = useMay();
  const { way, start, close, send } = useDecision<'hold'>(changed);
  const [subjectId, choose] = useState(of[0]![0]);
  if (!may('holdBilling')) return null;
  return (
    <>
      <Button icon={<Hand aria-hidden />} onPress={() => start('hold')}>Hold billing</Button>
      {way && (
        <Decision title="Hold billing" verb="Hold" close={close} act={reason => send(Hold, { subjectId, reason })}>
          <p>Nothing of it goes onto an invoice until somebody releases it. What is drafted already goes on. Work is kept, in order.</p>
          {of.length > 1 && <Choose label="What" value={subjectId} onChange={choose} options={of} />}
        </Decision>
      )}
    </>
  );
}

/** Asks why a hold may end. */
export function ReleaseButton({ hold, changed }: { hold: { id: string; placedOn: string }; changed: () => void }) {
  const may = useMay();
  const { way, start, close, send } = useDecision<'release'>(changed);
  if (!may('releaseBilling')) return null;
  return (
    <>
      <Button small onPress={() => start('release')}>Release</Button>
      {way && (
        <Decision title="Release billing" verb="Release" close={close} act={reason => send(Release, { subjectId: hold.placedOn, holdId: hold.id, reason })}>
          <p>What was held can be billed again, with the next run.</p>
        </Decision>
      )}
    </>
  );
}

/** The holds that stand in the way of an object. */
export const Holds = ({ of, changed }: { of: readonly StandingHold[]; changed: () => void }) => of.length === 0 ? null : (
  <ul className="stack" aria-label="Holds of billing">
    {of.map(each => (
      <li key={each.id} className="note wait noted">
        <span>Billing of this <ObjectLink id={each.placedOn} /> is held by <Foreign>{each.placedBy}</Foreign> since <Ago at={each.placedAt} />: <Foreign>{each.reason}</Foreign></span>
        <ReleaseButton hold={each} changed={changed} />
      </li>
    ))}
  </ul>
);
