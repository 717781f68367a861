import { useState } from 'react';
import { Pencil, RotateCw, SkipForward, X } from 'lucide-react';
import { graphql } from '../api/generated';
import { useLive, useMay, useSees } from '../api/hooks';
import { Ago, At, Button, Chip, Empty, Facts, Failure, Foreign, IconButton, Id, Link, Loading, Money, Status } from '../design/ui';
import { operation, words } from '../text/format';
import { ActOnOne, type Way } from './Act';
import { Care, History } from './Care';
import { CorrectContract } from './CorrectContract';
import { CorrectDelivery } from './CorrectDelivery';
import { severityTones, Sla } from './Groups';

const ExceptionDetail = graphql(`
  query ExceptionDetail($id: ID!, $audit: Boolean!) {
    exception(id: $id) {
      id category code step message remedy ownerRole connection held { amount currency } status occurrences raisedAt resolvedAt resolution resolvedBy reason
      subject { __typename id }
      contract { id name customerName }
      delivery { id connection status contentType receivedAt attempts body @include(if: $audit) error { path line column } corrects { id } corrections { id status } }
      desk {
        severity dueAt sla firstRaisedAt reopened assignee tags snoozedUntil vendorError groupId
        group { id open }
        history { act detail text by at }
        previous { id }
        followUp { id connection operation status }
        correctedBy { id }
      }
    }
  }
`);

export function ExceptionView({ id, close, changed }: { id: string; close: () => void; changed: () => void }) {
  const may = useMay();
  const audit = useSees()('audit');
  const { data, error, loading, refresh } = useLive(ExceptionDetail, { id, audit }, { on: ['exceptions', 'connections'], every: 8_000 });
  const [acting, setActing] = useState<Way>();
  const [correcting, setCorrecting] = useState(false);
  const [correctingContract, setCorrectingContract] = useState(false);
  const one = data?.exception;
  const settle = () => { refresh(); changed(); };
  if (!one) {
    return (
      <article className="panel exception">
        {error ? <Failure error={error} retry={refresh} what="The exception" /> : loading ? <Loading what="the exception" />
          : <Empty title="This is no longer here.">It was settled by itself or by somebody else. <Button small onPress={close}>Close</Button></Empty>}
      </article>
    );
  }

  const isOpen = one.status === 'OPEN';
  return (
    <article className="panel exception" aria-labelledby="exception-title">
      <div className="close"><IconButton label="Close" onPress={close}><X aria-hidden /></IconButton></div>
      <div className="stack">
        <div className="change">
          <Status value={one.status} /><Status value={one.category} tone="plain" />
          {isOpen && one.desk && <><Chip tone={severityTones[one.desk.severity]}>{words(one.desk.severity)}</Chip><Sla state={one.desk.sla} dueAt={one.desk.dueAt} /></>}
          {one.desk?.reopened && <Chip tone="wait">came back</Chip>}
        </div>
        <h2 id="exception-title"><Foreign>{one.message}</Foreign></h2>
        {isOpen && <div className="remedy-box"><h3>What to do</h3><p><Foreign>{one.remedy}</Foreign></p></div>}
        {!isOpen && <p className="note good">{words(one.resolution ?? 'resolved')} <Ago at={one.resolvedAt} />{one.resolvedBy && <> by {one.resolvedBy}</>}{one.reason && <>: <Foreign>{one.reason}</Foreign></>}
          {one.desk?.followUp && <> It asked {one.desk.followUp.connection} for {operation(one.desk.followUp.operation)}: <Status value={one.desk.followUp.status} /></>}
          {one.desk?.correctedBy && <> Corrected by <Link to={`/deliveries/${one.desk.correctedBy.id}`}>delivery {one.desk.correctedBy.id}</Link>.</>}</p>}
        {isOpen && one.delivery?.corrections.some(each => each.status === 'PROPOSED') && (
          <p className="note wait">A correction is proposed and waits for a second person. <Link to={`/deliveries/${one.delivery.id}`}>Look at it</Link></p>
        )}
        {isOpen && (
          <div className="actions">
            {one.delivery && may('correctDelivery') && audit && <Button kind="primary" icon={<Pencil aria-hidden />} onPress={() => setCorrecting(true)}>Correct and retry</Button>}
            {one.subject?.__typename === 'Contract' && may('correctContract') && <Button icon={<Pencil aria-hidden />} onPress={() => setCorrectingContract(true)}>Correct and retry</Button>}
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
          ['Since', <At key="a" at={one.desk?.firstRaisedAt ?? one.raisedAt} />],
          one.desk ? ['Works on it', one.desk.assignee ? <Foreign key="w">{one.desk.assignee}</Foreign> : 'nobody'] : null,
          one.desk?.group && one.desk.group.open > 1 ? ['Same cause', <Link key="g" to={`/exceptions/all?group=${encodeURIComponent(one.desk.groupId)}`}>{one.desk.group.open} exceptions</Link>] : null,
          one.desk?.previous ? ['Before', <Link key="p" to={`/exceptions/all?id=${encodeURIComponent(one.desk.previous.id)}`}>the last time</Link>] : null,
          one.occurrences != null && one.occurrences > 1 ? ['Happened', `${one.occurrences} times`] : null,
          one.subject && ['Object', one.subject.__typename === 'Invoice' ? <Link key="s" to={`/invoices/${one.subject.id}`}>Invoice</Link> : <Id key="s" value={one.subject.id} />],
        ]} />
        {isOpen && one.desk && <Care id={one.id} assignee={one.desk.assignee} snoozedUntil={one.desk.snoozedUntil} changed={settle} />}
        {one.desk && <History of={one.desk.history} />}
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
      {acting && <ActOnOne way={acting} of={one} close={done => { setActing(undefined); if (done) settle(); }} />}
      {correctingContract && one.subject && <CorrectContract contractId={one.subject.id} exceptionId={one.id} close={done => { setCorrectingContract(false); if (done) settle(); }} />}
      {correcting && one.delivery && <CorrectDelivery delivery={{ ...one.delivery, body: one.delivery.body ?? '' }} close={done => { setCorrecting(false); if (done) settle(); }} />}
    </article>
  );
}
