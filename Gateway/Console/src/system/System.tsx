import { useEffect, useState } from 'react';
import { NavLink } from 'react-router';
import { use } from 'react';
import { SettingsContext } from '../access/settings';
import { graphql } from '../api/generated';
import { useFresh, useLive } from '../api/hooks';
import { Chip, Facts, Failure, Link, Loading, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { BulkState } from '../exceptions/BulkState';
import { Journal, Lists, Silos } from './Installation';

const InstallationPage = graphql(`
  query InstallationPage {
    connections { name status openEffects openDeliveries waitingSince }
    bulkActions(first: 5, status: [CHECKING, AWAITING_APPROVAL, READY, RUNNING, PAUSED]) { nodes { id kind status total done reason } }
    installation {
      region at
      shards { number rows listsBehind dispatchBehind behindSince }
      silos { machine process leases }
      rebuild { askedBy reason askedAt startedAt finishedAt done total }
    }
  }
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
  const { data, error, loading, refresh } = useLive(InstallationPage, {}, { on: ['connections'], every: 3_000 });
  if (loading) return <Loading what="the installation" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The installation" />;
  const { installation, bulkActions, connections } = data;
  return (
    <>
      <PageHead title="System" lead="Whether Q2C itself can do its work." />
      <SystemTabs />
      <div className="stack">
        {installation && <Journal of={installation} />}
        <div className="columns even">
          {installation && <Silos of={installation} />}
          {installation && <Lists of={installation} changed={refresh} />}
          <Panel title="Bulk actions under way" id="bulk" aside={<Link to="/exceptions/bulk">All</Link>}>
            {bulkActions.nodes.length === 0 ? <p className="faint">Nothing is done to many at once now.</p> : (
              <ul className="step-list">
                {bulkActions.nodes.map(each => (
                  <li key={each.id}><Link to={`/exceptions/bulk/${each.id}`}>{format.words(each.kind)} {format.plural(each.total, 'exception')}</Link>
                    <span className="change"><span className="faint">{format.number(each.done, 0)} settled</span><BulkState of={each} /></span></li>
                ))}
              </ul>
            )}
          </Panel>
          <Panel title="Work that waits" id="waits">
            <ul className="step-list">
              {connections.map(each => (
                <li key={each.name}><Link to={`/connections/${each.name}`}>{each.name}</Link>
                  <span className="change"><span className="faint">{each.openEffects + each.openDeliveries === 0 ? 'nothing waits' : `${format.number(each.openEffects + each.openDeliveries, 0)} since ${format.ago(each.waitingSince)}`}</span><Status value={each.status} /></span></li>
              ))}
            </ul>
          </Panel>
          <Panel title="This gateway" id="gateway">
            {health === null ? <Loading what="its health" />
              : health === 'lost' ? <p className="note bad">It does not answer.</p>
                : <Facts of={[
                  ['Ready', <Chip key="r" tone={health.status === 'Healthy' ? 'good' : 'bad'}>{health.status}</Chip>],
                  ...Object.entries(health.checks).map(([name, state]) => [format.words(name.replaceAll('-', ' ')), state] as const),
                ]} />}
          </Panel>
          <Panel title="For developers" id="developers">
            <ul className="step-list">
              <li><a href="/graphql?sdl">The API’s schema</a></li>
              {settings.graphiQL && <li><a href="/graphiql">Ask the API in the browser (GraphiQL)</a></li>}
              <li><a href="/health/ready">Health, as JSON</a></li>
            </ul>
          </Panel>
        </div>
      </div>
    </>
  );
}
