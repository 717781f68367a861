import { useEffect, useState } from 'react';
import { NavLink } from 'react-router';
import { use } from 'react';
import { SettingsContext } from '../access/settings';
import { graphql } from '../api/generated';
import { useFresh, useLive } from '../api/hooks';
import { Chip, Facts, Failure, Link, Loading, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import '../engagements/engagement.css';

const Busy = graphql(`
  query Busy { connections { name status openEffects parkedEffects openDeliveries parkedDeliveries waitingSince } }
`);

export const SystemTabs = () => (
  <nav className="tabs" aria-label="System">
    <NavLink to="/system" end>State</NavLink>
    <NavLink to="/system/audit">Audit</NavLink>
  </nav>
);

type Health = { status: string; checks: Record<string, string> };

function useHealth(): Health | 'lost' | null {
  const [health, setHealth] = useState<Health | 'lost' | null>(null);
  const read = () => {
    fetch('/health/ready').then(answer => answer.json()).then(setHealth, () => setHealth('lost'));
  };
  useEffect(read, []);
  useFresh(read, [], 10_000);
  return health;
}

export default function System() {
  const health = useHealth();
  const settings = use(SettingsContext);
  const { data, error, loading, refresh } = useLive(Busy, {}, { on: ['connections'], every: 10_000 });
  return (
    <>
      <PageHead title="System" lead="Whether Q2C itself can do its work." />
      <SystemTabs />
      <div className="columns even">
        <Panel title="This gateway" id="gateway">
          {health === null ? <Loading what="its health" />
            : health === 'lost' ? <p className="note bad">It does not answer.</p>
              : <Facts of={[
                ['Ready', <Chip key="r" tone={health.status === 'Healthy' ? 'good' : 'bad'}>{health.status}</Chip>],
                ...Object.entries(health.checks).map(([name, state]) => [format.words(name.replaceAll('-', ' ')), state] as const),
              ]} />}
        </Panel>
        <Panel title="Work that waits" id="waits">
          {loading ? <Loading what="what waits" /> : !data ? <Failure error={error!} retry={refresh} what="What waits" />
            : (
              <ul className="step-list">
                {data.connections.map(each => (
                  <li key={each.name}><Link to={`/connections/${each.name}`}>{each.name}</Link>
                    <span className="change"><span className="faint">{each.openEffects + each.openDeliveries === 0 ? 'nothing waits' : `${format.number(each.openEffects + each.openDeliveries, 0)} since ${format.ago(each.waitingSince)}`}</span><Status value={each.status} /></span></li>
                ))}
              </ul>
            )}
        </Panel>
        <Panel title="For developers" id="developers">
          <ul className="step-list">
            <li><a href="/graphql?sdl">The API’s schema</a></li>
            {settings.graphiQL && <li><a href="/graphiql">Ask the API in the browser (GraphiQL)</a></li>}
            <li><a href="/health/ready">Health, as JSON</a></li>
          </ul>
        </Panel>
      </div>
    </>
  );
}
