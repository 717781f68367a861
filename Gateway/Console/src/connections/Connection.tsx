import { useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { Pause, Play } from 'lucide-react';
import { graphql } from '../api/generated';
import type { ConnectionDeliveriesQuery, ConnectionEffectsQuery, ConnectionPageQuery, DeliveryStatus, EffectStatus } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useFilters, useLive, useMay, useRows } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose, Field, Find } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Ago, At, Button, Empty, Facts, Failure, Foreign, Id, Link, Loading, ObjectLink, PageHead, Panel, Status, Window } from '../design/ui';
import { ActOnMany } from '../exceptions/Act';
import * as format from '../text/format';
import { Capabilities, Health } from './Health';
import { Reconciliation } from './Reconciliation';
import './connections.css';

const ConnectionPage = graphql(`
  query ConnectionPage($name: String!) {
    connection(name: $name) {
      name status openEffects parkedEffects openDeliveries parkedDeliveries forgedDeliveries lastAcceptedAt lastDeliveredAt
      waitingSince failingEffects failuresInARow lastProblem lastProblemAt hold { reason by at }
      vendor health { healthy detail checkedAt }
      capabilities { operations { operation guarantee } feeds receives lists longestProcessingSeconds }
      reconciliation {
        id askedBy reason askedAt since checked problem finishedAt
        differences { id kind subject record externalIds foundAt repairAskedBy repairAskedAt }
      }
    }
  }
`);

export type ConnectionView = NonNullable<ConnectionPageQuery['connection']>;

const ConnectionEffects = graphql(`
  query ConnectionEffects($filter: EffectFilter, $first: Int, $after: String) {
    effects(filter: $filter, first: $first, after: $after) {
      nodes { id operation subject status attempts externalId message nextAttemptAt createdAt updatedAt }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const ConnectionDeliveries = graphql(`
  query ConnectionDeliveries($filter: DeliveryFilter, $first: Int, $after: String) {
    deliveries(filter: $filter, first: $first, after: $after) {
      nodes { id dedupeKey receivedAt status attempts error { code message } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const Hold = graphql(`mutation HoldConnection($input: HoldConnectionInput!) { holdConnection(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Release = graphql(`mutation ReleaseConnection($input: ReleaseConnectionInput!) { releaseConnection(input: $input) { errors { ... on UserError { code message remedy } } } }`);

export default function Connection() {
  const { name = '' } = useParams();
  const may = useMay();
  const { data, error, loading, refresh } = useLive(ConnectionPage, { name }, { on: ['connections'], every: 5_000 });
  const { way, start, close, send } = useDecision<'hold' | 'release'>(refresh);
  if (loading) return <Loading what="the connection" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The connection" />;
  const { connection } = data;
  if (!connection) return <Empty title={`Nothing was ever exchanged over ${name}.`}><Link to="/connections">All connections</Link></Empty>;
  return (
    <>
      <PageHead crumbs={[{ to: '/connections', text: 'Connections' }]} title={connection.name} lead={<><Status value={connection.status} />{connection.vendor && <span className="faint">{connection.vendor}</span>}</>}
        actions={connection.hold
          ? may('releaseConnection') && <Button kind="primary" icon={<Play aria-hidden />} onPress={() => start('release')}>Resume</Button>
          : may('holdConnection') && <Button icon={<Pause aria-hidden />} onPress={() => start('hold')}>Pause</Button>} />
      <div className="stack">
        {connection.hold && <p className="note wait">Held since <At at={connection.hold.at} /> by <Foreign>{connection.hold.by}</Foreign>: <Foreign>{connection.hold.reason}</Foreign> What comes is kept in order.</p>}
        {connection.lastProblem && connection.status !== 'HEALTHY' && <p className="note bad"><strong>Last problem, <Ago at={connection.lastProblemAt} />:</strong> <Foreign>{connection.lastProblem}</Foreign></p>}
        <Panel>
          <Facts of={[
            ['To send', format.number(connection.openEffects, 0)],
            ['Being repeated', `${format.number(connection.failingEffects, 0)}${connection.failuresInARow > 1 ? `, up to ${connection.failuresInARow} times` : ''}`],
            ['To read', format.number(connection.openDeliveries, 0)],
            ['Parked', format.number(connection.parkedEffects + connection.parkedDeliveries, 0)],
            ['Oldest waits since', <Ago key="w" at={connection.waitingSince} />],
            ['Took something', <Ago key="t" at={connection.lastAcceptedAt} />],
            ['Delivered', <Ago key="d" at={connection.lastDeliveredAt} />],
            ['Forged deliveries', format.number(connection.forgedDeliveries, 0)],
          ]} />
          {connection.parkedEffects + connection.parkedDeliveries > 0 && <p><Link to={`/exceptions?connection=${connection.name}`}>What is parked waits for a person.</Link></p>}
        </Panel>
        <Health of={connection} changed={refresh} />
        <Effects connection={connection.name} />
        <Deliveries connection={connection.name} />
        <div className="columns even">
          <Reconciliation of={connection} changed={refresh} />
          <Capabilities of={connection} />
        </div>
      </div>
      {way === 'release' && (
        <Decision title={`Resume ${name}`} verb="Resume" close={close} act={reason => send(Release, { connection: name, reason })}>
          <p>What was held goes out in its order.</p>
        </Decision>
      )}
      {way === 'hold' && (
        <Decision title={`Pause ${name}`} verb="Pause" close={close} act={reason => send(Hold, { connection: name, reason })}>
          <p>Nothing is sent to it and nothing that it delivers is worked until somebody resumes it. Nothing is lost.</p>
        </Decision>
      )}
    </>
  );
}

type Effect = ConnectionEffectsQuery['effects']['nodes'][number];
type Delivery = ConnectionDeliveriesQuery['deliveries']['nodes'][number];

const effectColumns: Column<Effect>[] = [
  { id: 'operation', header: 'Step', meta: { width: '34%' }, cell: ({ row: { original } }) => <><strong>{format.operation(original.operation)}</strong>{original.message && <span className="second"><Foreign>{original.message}</Foreign></span>}</> },
  { id: 'status', header: 'State', cell: ({ row: { original } }) => <><Status value={original.status} />{original.nextAttemptAt && original.status === 'WAITING' && <span className="second">again <Ago at={original.nextAttemptAt} /></span>}</> },
  { id: 'subject', header: 'Of', meta: { room: 'wide' }, cell: ({ row }) => <ObjectLink id={row.original.subject} /> },
  { id: 'external', header: 'Record there', meta: { room: 'medium' }, cell: ({ row }) => row.original.externalId ? <Id value={row.original.externalId} /> : null },
  { id: 'attempts', header: 'Attempts', meta: { end: true, room: 'medium' }, cell: ({ row }) => row.original.attempts },
  { id: 'at', header: 'Changed', cell: ({ row }) => <Ago at={row.original.updatedAt} /> },
];

const effectStates: EffectStatus[] = ['PENDING', 'SENDING', 'WAITING', 'ACCEPTED', 'REFUSED', 'PARKED', 'HELD'];

function Effects({ connection }: { connection: string }) {
  const [{ effects: status }, set] = useFilters('effects');
  const variables = useMemo(() => ({ filter: { connection, ...(status && { status: [status as EffectStatus] }) } }), [connection, status]);
  const rows = useRows(ConnectionEffects, variables, data => data.effects, { on: ['connections'], every: 8_000 });
  return (
    <Panel flush title="What is sent" id="effects" aside={<Choose label="State" value={status} all="All" options={effectStates.map(each => [each, format.words(each)] as const)}
      onChange={value => set('effects', value)} />}>
      <DataTable rows={rows} columns={effectColumns} label="Steps in this system" what="Steps" rowKey={each => each.id}
        empty={<Empty title={status ? 'Nothing is in this state.' : 'Nothing was sent yet.'} />} />
    </Panel>
  );
}

const deliveryColumns: Column<Delivery>[] = [
  { id: 'key', header: 'Delivery', meta: { width: '40%' }, cell: ({ row: { original } }) => (
    <><Link className="title" to={`/deliveries/${original.id}`}><Foreign>{original.dedupeKey}</Foreign></Link>{original.error && <span className="second"><Foreign>{original.error.message}</Foreign></span>}</>
  ) },
  { id: 'status', header: 'State', cell: ({ row }) => <Status value={row.original.status} /> },
  { id: 'attempts', header: 'Attempts', meta: { end: true, room: 'medium' }, cell: ({ row }) => row.original.attempts },
  { id: 'at', header: 'Received', cell: ({ row }) => <Ago at={row.original.receivedAt} /> },
];

const deliveryStates: DeliveryStatus[] = ['RECEIVED', 'DONE', 'PARKED', 'SUPERSEDED'];

function Deliveries({ connection }: { connection: string }) {
  const may = useMay();
  const [replaying, setReplaying] = useState(false);
  const [status, setStatus] = useState('');
  const [search, setSearch] = useState('');
  const variables = useMemo(
    () => ({ filter: { connection, ...(status && { status: [status as DeliveryStatus] }), ...(search && { search }) } }), [connection, status, search]);
  const rows = useRows(ConnectionDeliveries, variables, data => data.deliveries, { on: ['connections'], every: 8_000 });
  return (
    <Panel flush title="What it delivers" id="deliveries" aside={<>
      {may('proposeBulkAction') && <Button small onPress={() => setReplaying(true)}>Replay …</Button>}
      <Find label="Find a delivery" value={search} onChange={setSearch} />
      <Choose label="State" value={status} all="All" onChange={setStatus} options={deliveryStates.map(each => [each, format.words(each)] as const)} />
    </>}>
      <DataTable rows={rows} columns={deliveryColumns} label="Deliveries of this system" what="Deliveries" rowKey={each => each.id}
        empty={<Empty title={status || search ? 'No delivery is like this.' : 'It has delivered nothing yet.'} />} />
      {replaying && <Replay connection={connection} close={() => setReplaying(false)} />}
    </Panel>
  );
}

/** Everything that it delivered since a moment, once more. */
function Replay({ connection, close }: { connection: string; close: () => void }) {
  const [since, setSince] = useState('');
  const [chosen, choose] = useState(false);
  if (chosen) return <ActOnMany kind="REPLAY" of={{ deliveries: { connection, ...(since && { received: { from: new Date(since).toISOString() } }) } }} close={close} />;
  return (
    <Window title={`Replay what ${connection} delivered`} isOpen onClose={close}>
      <form className="form" onSubmit={event => { event.preventDefault(); choose(true); }}>
        <Field label="Received since" type="datetime-local" value={since} onChange={setSince} hint="From the first one on if left empty; at most 10,000." />
        <div className="form-actions"><Button onPress={close}>Cancel</Button><Button type="submit" kind="primary">Go on</Button></div>
      </form>
    </Window>
  );
}
