import { graphql } from '../api/generated';
import type { ConnectionListQuery } from '../api/generated/graphql';
import { useLive } from '../api/hooks';
import { Ago, Empty, Failure, Foreign, Link, Loading, PageHead, Status } from '../design/ui';
import * as format from '../text/format';
import { ConnectionTabs } from './ConnectionTabs';
import './connections.css';

const ConnectionList = graphql(`
  query ConnectionList {
    connections {
      name status openEffects parkedEffects openDeliveries parkedDeliveries forgedDeliveries lastAcceptedAt lastDeliveredAt
      waitingSince failingEffects failuresInARow lastProblem lastProblemAt hold { reason by at }
    }
  }
`);

type Connection = ConnectionListQuery['connections'][number];

export default function Connections() {
  const { data, error, loading, refresh } = useLive(ConnectionList, {}, { on: ['connections'], every: 10_000 });
  if (loading) return <Loading what="connections" />;
  if (!data) return <Failure error={error!} retry={refresh} what="Connections" />;
  const wrong = data.connections.filter(each => each.status !== 'HEALTHY').length;
  return (
    <>
      <PageHead title="Connections" lead={wrong === 0 ? 'Every system takes and gives what it should.' : `${format.plural(wrong, 'system')} ${wrong === 1 ? 'needs' : 'need'} a look.`} />
      <ConnectionTabs />
      {data.connections.length === 0
        ? <Empty title="Nothing was exchanged with any system yet.">Connections are set up in the configuration; docs/operations.md says how.</Empty>
        : <ul className="cards">{data.connections.map(each => <Card key={each.name} of={each} />)}</ul>}
    </>
  );
}

function Card({ of }: { of: Connection }) {
  return (
    <li className={`card ${of.status.toLowerCase()}`}>
      <div className="card-head"><h2><Link to={`/connections/${of.name}`}>{of.name}</Link></h2><Status value={of.status} /></div>
      {of.hold && <p className="note wait">Held by <Foreign>{of.hold.by}</Foreign> <Ago at={of.hold.at} />: <Foreign>{of.hold.reason}</Foreign></p>}
      {!of.hold && of.status !== 'HEALTHY' && of.lastProblem && <p className="problem"><Foreign>{of.lastProblem}</Foreign></p>}
      <dl className="numbers">
        <div><dt>To send</dt><dd>{format.number(of.openEffects, 0)}</dd></div>
        <div><dt>To read</dt><dd>{format.number(of.openDeliveries, 0)}</dd></div>
        <div className={of.parkedEffects + of.parkedDeliveries > 0 ? 'bad-text' : ''}><dt>Parked</dt><dd>{format.number(of.parkedEffects + of.parkedDeliveries, 0)}</dd></div>
      </dl>
      <p className="faint">
        {of.waitingSince ? <>Oldest waits since <Ago at={of.waitingSince} /></> : 'Nothing waits'}
        {of.lastAcceptedAt && <> · took something <Ago at={of.lastAcceptedAt} /></>}
        {of.lastDeliveredAt && <> · delivered <Ago at={of.lastDeliveredAt} /></>}
      </p>
    </li>
  );
}
