import { X } from 'lucide-react';
import { graphql } from '../api/generated';
import { useLive } from '../api/hooks';
import { Ago, Amounts, Chip, Facts, Foreign, IconButton } from '../design/ui';
import * as format from '../text/format';
import { Care, History } from './Care';
import { severityTones, Sla } from './Groups';

const OneGroup = graphql(`
  query OneGroup($id: ID!) {
    exceptionGroup(id: $id) {
      id code step connection vendorError message remedy ownerRole severity open snoozed breached engagements held { amount currency }
      firstSeenAt lastSeenAt oldestRaisedAt dueAt sla assignee tags snoozedUntil
      history { act detail text by at }
    }
  }
`);

/** What the exceptions of one cause have in common. */
export function GroupHead({ id, leave }: { id: string; leave: () => void }) {
  const { data, refresh } = useLive(OneGroup, { id }, { on: ['exceptions'], every: 8_000 });
  const group = data?.exceptionGroup;
  if (!group) return null;
  return (
    <section className="panel group-head" aria-labelledby="group-title">
      <header>
        <h2 id="group-title">{group.step}{group.connection && ` · ${group.connection}`}</h2>
        <div className="aside">
          <Chip tone={severityTones[group.severity]}>{format.words(group.severity)}</Chip><Sla state={group.sla} dueAt={group.dueAt} />
          <IconButton label="Leave this cause" onPress={leave}><X aria-hidden /></IconButton>
        </div>
      </header>
      <div className="stack">
        <p><Foreign>{group.vendorError ?? group.message}</Foreign></p>
        <div className="remedy-box"><h3>What to do</h3><p><Foreign>{group.remedy}</Foreign></p></div>
        <Facts of={[
          ['Open', format.number(group.open, 0)], ['Engagements', format.number(group.engagements, 0)],
          ['Money held up', <Amounts key="h" values={group.held} />], ['First seen', <Ago key="f" at={group.firstSeenAt} />], ['Last seen', <Ago key="l" at={group.lastSeenAt} />],
          ['Works on it', group.assignee ? <Foreign key="w">{group.assignee}</Foreign> : 'nobody'],
        ]} />
        <Care id={group.id} assignee={group.assignee} snoozedUntil={group.snoozedUntil} changed={refresh} />
        <History of={group.history} />
      </div>
    </section>
  );
}
