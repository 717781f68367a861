import { useState } from 'react';
import { Pencil, RotateCw, SkipForward, X } from 'lucide-react';
import { graphql } from '../api/generated';
import { useLive, useMay, useSees } from '../api/hooks';
import { Ago, At, Button, Empty, Facts, Failure, Foreign, IconButton, Id, Link, Loading, Money, Status } from '../design/ui';
import { words } from '../text/format';
import { ActOnMany, type Way } from './ActOnMany';
import { CorrectDelivery } from './CorrectDelivery';
import type { InboxRow } from './Exceptions';

const ExceptionDetail = graphql(`
  query ExceptionDetail($subject: ID, $status: ExceptionStatus, $search: String, $audit: Boolean!) {
    exceptions(first: 100, filter: { subjectId: $subject, status: $status, search: $search }) {
      nodes {
        id category code step message remedy ownerRole connection held { amount currency } status occurrences raisedAt resolvedAt resolution resolvedBy reason
        subject { __typename id }
        contract { id name customerName }
        delivery { id status contentType receivedAt attempts body @include(if: $audit) error { path line column } corrects { id } }
      }
    }
  }
`);

/** An exception's id is the object it happened to and what of it is stuck, parted by a slash. */
const subjectOf = (id: string) => id.startsWith('delivery/') ? null : id.slice(0, id.indexOf('/'));

export function ExceptionView({ id, row, close, changed }: { id: string; row: InboxRow | undefined; close: () => void; changed: () => void }) {
  const may = useMay();
  const audit = useSees()('audit');
  const subject = subjectOf(id);
  const read = (status: 'OPEN' | 'RESOLVED', pause: boolean) =>
    useLive(ExceptionDetail, { subject, status, search: null, audit }, { on: ['exceptions', 'connections'], every: 10_000, pause });
  const open = read('OPEN', false);
  const found = open.data?.exceptions.nodes.find(each => each.id === id);
  const settled = read('RESOLVED', !open.data || Boolean(found));
  const one = found ?? settled.data?.exceptions.nodes.find(each => each.id === id);
  const [acting, setActing] = useState<Way>();
  const [correcting, setCorrecting] = useState(false);
  const refresh = () => { open.refresh(); changed(); };
  if (!one) {
    return (
      <article className="panel exception">
        {open.error ? <Failure error={open.error} retry={open.refresh} what="The exception" />
          : open.loading || settled.loading ? <Loading what="the exception" />
            : <Empty title="This is no longer here.">It was settled by itself or by somebody else. <Button small onPress={close}>Close</Button></Empty>}
      </article>
    );
  }

  const isOpen = one.status === 'OPEN';
  return (
    <article className="panel exception" aria-labelledby="exception-title">
      <div className="close"><IconButton label="Close" onPress={close}><X aria-hidden /></IconButton></div>
      <div className="stack">
        <div className="bar"><Status value={one.status} /><Status value={one.category} tone="plain" /></div>
        <h2 id="exception-title"><Foreign>{one.message}</Foreign></h2>
        {isOpen && <div className="remedy-box"><h3>What to do</h3><p><Foreign>{one.remedy}</Foreign></p></div>}
        {!isOpen && <p className="note good">{words(one.resolution ?? 'resolved')} <Ago at={one.resolvedAt} />{one.resolvedBy && <> by {one.resolvedBy}</>}{one.reason && <>: <Foreign>{one.reason}</Foreign></>}</p>}
        {isOpen && (
          <div className="actions">
            {one.delivery && may('correctDelivery') && audit && <Button kind="primary" icon={<Pencil aria-hidden />} onPress={() => setCorrecting(true)}>Correct and retry</Button>}
            {may('retryException') && <Button kind={one.delivery ? undefined : 'primary'} icon={<RotateCw aria-hidden />} onPress={() => setActing('retry')}>Retry</Button>}
            {may('skipException') && <Button icon={<SkipForward aria-hidden />} onPress={() => setActing('skip')}>Skip</Button>}
            {!may('retryException') && <span className="faint">{one.ownerRole ? `${words(one.ownerRole)} works on this; an operator can retry it.` : 'An operator can retry it.'}</span>}
          </div>
        )}
        <Facts of={[
          ['Money held up', <Money key="m" value={one.held} />],
          ['For', one.ownerRole ? words(one.ownerRole) : '–'],
          one.contract && ['Engagement', <Link key="e" to={`/engagements/${one.contract.id}`}><Foreign>{`${one.contract.customerName}: ${one.contract.name}`}</Foreign></Link>],
          one.connection ? ['System', <Link key="c" to={`/connections/${one.connection}`}>{one.connection}</Link>] : null,
          ['Step', words(one.step)],
          ['Code', <code key="k">{one.code}</code>],
          ['Since', <At key="a" at={one.raisedAt} />],
          one.occurrences != null && one.occurrences > 1 ? ['Happened', `${one.occurrences} times`] : null,
          one.subject && ['Object', one.subject.__typename === 'Invoice' ? <Link key="s" to={`/invoices/${one.subject.id}`}>Invoice</Link> : <Id key="s" value={one.subject.id} />],
        ]} />
        {one.delivery && (
          <div className="stack">
            <h3>What was delivered</h3>
            <Facts of={[
              ['Delivery', <Link key="d" to={`/deliveries/${one.delivery.id}`}>{one.delivery.id}</Link>],
              ['Received', <At key="r" at={one.delivery.receivedAt} />],
              ['Tried', `${one.delivery.attempts} times`],
              one.delivery.error?.path || one.delivery.error?.line ? ['At', `${one.delivery.error.path ?? ''} ${one.delivery.error.line ? `line ${one.delivery.error.line}` : ''}`] : null,
            ]} />
            {one.delivery.body != null && <pre className="payload" tabIndex={0} aria-label="Body of the delivery">{one.delivery.body}</pre>}
          </div>
        )}
      </div>
      {acting && <ActOnMany way={acting} of={[row ?? one]} close={done => { setActing(undefined); if (done) refresh(); }} />}
      {correcting && one.delivery && <CorrectDelivery delivery={{ ...one.delivery, body: one.delivery.body ?? '' }} close={done => { setCorrecting(false); if (done) refresh(); }} />}
    </article>
  );
}
