import { useState } from 'react';
import { useParams } from 'react-router';
import { Pencil } from 'lucide-react';
import { graphql } from '../api/generated';
import { useLive, useMay, useSees } from '../api/hooks';
import { At, Button, Empty, Facts, Failure, Foreign, Link, Loading, PageHead, Panel, Status } from '../design/ui';
import { CorrectDelivery } from '../exceptions/CorrectDelivery';
import { Corrections } from '../exceptions/Corrections';
import '../exceptions/exceptions.css';

const DeliveryView = graphql(`
  query DeliveryView($id: ID!, $audit: Boolean!) {
    delivery(id: $id) {
      id connection dedupeKey receivedAt status contentType attempts body @include(if: $audit)
      error { code message remedy path line column }
      corrects { id }
    }
  }
`);

export default function DeliveryPage() {
  const { deliveryId = '' } = useParams();
  const may = useMay();
  const audit = useSees()('audit');
  const [correcting, setCorrecting] = useState(false);
  const { data, error, loading, refresh } = useLive(DeliveryView, { id: deliveryId, audit }, { on: ['connections'], every: 10_000 });
  if (loading) return <Loading what="the delivery" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The delivery" />;
  const { delivery } = data;
  if (!delivery) return <Empty title="There is no such delivery."><Link to="/connections">Connections</Link></Empty>;
  return (
    <>
      <PageHead crumbs={[{ to: '/connections', text: 'Connections' }, { to: `/connections/${delivery.connection}`, text: delivery.connection }]}
        title={`Delivery ${delivery.id}`} lead={<Status value={delivery.status} />}
        actions={delivery.status === 'PARKED' && audit && may('correctDelivery')
          && <Button kind="primary" icon={<Pencil aria-hidden />} onPress={() => setCorrecting(true)}>Correct and retry</Button>} />
      <div className="stack">
        {delivery.error && (
          <div className="note bad"><strong><Foreign>{delivery.error.message}</Foreign></strong>
            <div className="remedy"><Foreign>{delivery.error.remedy}</Foreign></div>
            <div className="remedy"><code>{delivery.error.code}</code> {delivery.error.path} {delivery.error.line != null && `line ${delivery.error.line}, column ${delivery.error.column}`}</div>
            <Link to={`/exceptions?id=${encodeURIComponent(`delivery/${delivery.id}`)}`}>Retry or skip it</Link></div>
        )}
        <Panel><Facts of={[
          ['From', <Link key="c" to={`/connections/${delivery.connection}`}>{delivery.connection}</Link>],
          ['Received', <At key="r" at={delivery.receivedAt} />],
          ['Tried', `${delivery.attempts} times`],
          ['The sender’s key', <Foreign key="k">{delivery.dedupeKey}</Foreign>],
          ['Content', delivery.contentType],
          delivery.corrects && ['Corrects', <Link key="o" to={`/deliveries/${delivery.corrects.id}`}>delivery {delivery.corrects.id}</Link>],
        ]} /></Panel>
        <Corrections delivery={delivery.id} decided={refresh} />
        <Panel title="Body" id="body">
          {!audit ? <p className="faint">What vendors send is shown to operators, auditors and administrators.</p>
            : <pre className="payload" tabIndex={0} aria-label="Body of the delivery">{delivery.body}</pre>}
        </Panel>
      </div>
      {correcting && <CorrectDelivery delivery={{ ...delivery, body: delivery.body ?? '' }} close={done => { setCorrecting(false); if (done) refresh(); }} />}
    </>
  );
}
