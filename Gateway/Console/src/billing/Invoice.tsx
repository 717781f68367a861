import { useParams } from 'react-router';
import { Ban, Check, Printer } from 'lucide-react';
import { graphql } from '../api/generated';
import { useDecision } from '../api/decide';
import { useLive, useMay, useSees } from '../api/hooks';
import { Decision } from '../design/Decision';
import { PlainTable } from '../design/table';
import { Button, Chip, Day, Empty, Facts, Failure, Foreign, Id, Link, Loading, Money, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { HoldButton, Holds } from './Holds';
import './billing.css';

const InvoicePage = graphql(`
  query InvoicePage($id: ID!, $billing: Boolean!) {
    invoice(id: $id) {
      id number status customerName legalEntity currency date dueDate preparedBy disputed billingRunId
      contract { id name billTo { line1 line2 city region postalCode country } }
      net { amount currency } tax { amount currency } total { amount currency } outstanding { amount currency }
      credited { amount currency } writtenOff { amount currency }
      lines { id description service quantity rate net { amount currency } tax { amount currency } adjustments { description amount { amount currency } } itemIds }
      payments { id connection date amount { amount currency } reference }
      creditMemos { id number status date reason total { amount currency } }
      exceptions { id message remedy }
      holds @include(if: $billing) { id placedOn reason placedBy placedAt }
      approvals @include(if: $billing) { id amount { amount currency } askedBy }
    }
  }
`);

const Approve = graphql(`mutation ApproveInvoice($input: ApproveInvoiceInput!) { approveInvoice(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Reject = graphql(`mutation RejectInvoice($input: RejectInvoiceInput!) { rejectInvoice(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Dispute = graphql(`mutation DisputeInvoice($input: DisputeInvoiceInput!) { disputeInvoice(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Release = graphql(`mutation ReleaseDispute($input: ReleaseDisputeInput!) { releaseDispute(input: $input) { errors { ... on UserError { code message remedy } } } }`);

const ApproveMemo = graphql(`mutation ApproveCreditMemo($input: ApproveCreditMemoInput!) { approveCreditMemo(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const RejectMemo = graphql(`mutation RejectCreditMemo($input: RejectCreditMemoInput!) { rejectCreditMemo(input: $input) { errors { ... on UserError { code message remedy } } } }`);

type Deciding = 'approve' | 'reject' | 'dispute' | 'release' | { memo: string; way: 'approve' | 'reject' };

export default function Invoice() {
  const { invoiceId = '' } = useParams();
  const may = useMay();
  const { data, error, loading, refresh } = useLive(InvoicePage, { id: invoiceId, billing: useSees()('billing') }, { on: ['exceptions'], every: 5_000 });
  const { way, start, close, send } = useDecision<Deciding>(refresh);
  if (loading) return <Loading what="the invoice" />;
  if (!data) return <Failure error={error!} retry={refresh} what="The invoice" />;
  const { invoice } = data;
  if (!invoice) return <Empty title="There is no such invoice.">It does not exist, or it is not yours to see. <Link to="/billing/invoices">All invoices</Link></Empty>;
  const waiting = invoice.status === 'AWAITING_APPROVAL';
  const drafted = ['DRAFT', 'TAXING', 'AWAITING_APPROVAL'].includes(invoice.status);
  const owed = invoice.status === 'ISSUED' || invoice.status === 'PARTIALLY_PAID';
  const { billTo } = invoice.contract;
  return (
    <>
      <PageHead crumbs={[{ to: '/billing', text: 'Billing' }, { to: '/billing/invoices', text: 'Invoices' }]}
        title={invoice.number ? `Invoice ${invoice.number}` : 'Invoice, not numbered yet'}
        lead={<><Foreign>{invoice.customerName}</Foreign><Status value={invoice.status} />{invoice.disputed && <Chip tone="wait">Disputed</Chip>}</>}
        actions={<>
          {waiting && may('approveInvoice') && <Button kind="primary" icon={<Check aria-hidden />} onPress={() => start('approve')}>Approve</Button>}
          {waiting && may('rejectInvoice') && <Button kind="danger" icon={<Ban aria-hidden />} onPress={() => start('reject')}>Reject</Button>}
          {owed && !invoice.disputed && may('disputeInvoice') && <Button onPress={() => start('dispute')}>Dispute</Button>}
          {invoice.disputed && may('releaseDispute') && <Button onPress={() => start('release')}>Settle the dispute</Button>}
          {drafted && <HoldButton of={[[invoice.id, 'This draft']]} changed={refresh} />}
          <Button icon={<Printer aria-hidden />} onPress={() => window.print()}>PDF</Button>
        </>} />
      <div className="stack">
        {waiting && !may('approveInvoice') && <p className="note wait">A second person has to approve this: somebody with the role Finance approver who did not prepare it.</p>}
        <Holds of={invoice.holds ?? []} changed={refresh} />
        {invoice.approvals?.map(one => (
          <p key={one.id} className="note wait"><Foreign>{one.askedBy}</Foreign> asks to give up <Money value={one.amount} />. <Link to="/billing/approvals">A second person decides.</Link></p>
        ))}
        {invoice.exceptions.map(one => (
          <div key={one.id} className="note bad"><Foreign>{one.message}</Foreign> <Link to={`/exceptions?id=${encodeURIComponent(one.id)}`}>See what to do</Link></div>
        ))}
        <article className="invoice" aria-label="The invoice">
          <div className="invoice-head">
            <address>
              <strong><Foreign>{invoice.customerName}</Foreign></strong><br />
              <Foreign>{billTo.line1}</Foreign><br />
              {billTo.line2 && <><Foreign>{billTo.line2}</Foreign><br /></>}
              <Foreign>{`${billTo.postalCode} ${billTo.city}`}</Foreign><br />
              <Foreign>{[billTo.region, billTo.country].filter(Boolean).join(', ')}</Foreign>
            </address>
            <Facts of={[
              ['Number', invoice.number ?? 'given by the ERP'],
              ['Date', <Day key="d" on={invoice.date} />],
              ['Due', <Day key="u" on={invoice.dueDate} />],
              ['From', invoice.legalEntity],
              ['For', <Link key="f" to={`/engagements/${invoice.contract.id}`}><Foreign>{invoice.contract.name}</Foreign></Link>],
            ]} />
          </div>
          <PlainTable of={invoice.lines} label="Lines" rowKey={line => line.id} columns={[
            { head: 'Description', cell: line => <><strong><Foreign>{line.description}</Foreign></strong>{line.adjustments.map(each => <span key={each.description} className="second"><Foreign>{each.description}</Foreign> <Money value={each.amount} /></span>)}</> },
            { head: 'Quantity', end: true, room: 'medium', cell: line => format.number(line.quantity) },
            { head: 'Rate', end: true, room: 'medium', cell: line => format.number(line.rate, 4) },
            { head: 'Net', end: true, cell: line => <Money value={line.net} /> },
            { head: 'Tax', end: true, room: 'medium', cell: line => <Money value={line.tax} /> },
          ]} />
          <div className="totals">
            <div><span>Net</span><Money value={invoice.net} /></div>
            <div><span>Tax</span><Money value={invoice.tax} /></div>
            <div className="grand"><span>Total</span><Money value={invoice.total} /></div>
            {invoice.credited && invoice.credited.amount !== 0 && <div><span>Credited</span><Money value={invoice.credited} /></div>}
            {invoice.writtenOff && invoice.writtenOff.amount !== 0 && <div><span>Written off</span><Money value={invoice.writtenOff} /></div>}
            <div><span>Outstanding</span><Money value={invoice.outstanding} /></div>
          </div>
        </article>
        <div className="columns even no-print">
          <Panel title="Payments" id="payments">
            {invoice.payments.length === 0 ? <p className="faint">Nothing was received yet.</p>
              : <PlainTable of={invoice.payments} label="Payments" rowKey={each => each.id} columns={[
                { head: 'Day', cell: each => <Day on={each.date} /> },
                { head: 'Through', cell: each => <><Foreign>{each.connection}</Foreign><span className="second"><Foreign>{each.reference}</Foreign></span></> },
                { head: 'Amount', end: true, cell: each => <Money value={each.amount} /> },
              ]} />}
          </Panel>
          <Panel title="Where it came from" id="origin">
            <Facts of={[
              ['Prepared by', <Foreign key="p">{invoice.preparedBy}</Foreign>],
              ['Billing run', <Link key="r" to={`/billing/runs/${invoice.billingRunId}`}>the run</Link>],
              ['Story', <Link key="s" to={`/engagements/${invoice.contract.id}`}>timeline of the engagement</Link>],
              ['Invoice', <Id key="i" value={invoice.id} />],
              ...invoice.creditMemos.map(memo => [`Credit memo ${memo.number ?? ''}`, (
                <span key={memo.id} className="change">
                  <Money value={memo.total} /> <Status value={memo.status} /> <Foreign>{memo.reason}</Foreign>
                  {memo.status === 'AWAITING_APPROVAL' && may('approveCreditMemo') && <>
                    <Button small kind="primary" onPress={() => start({ memo: memo.id, way: 'approve' })}>Approve</Button>
                    <Button small kind="danger" onPress={() => start({ memo: memo.id, way: 'reject' })}>Reject</Button>
                  </>}
                </span>
              )] as const),
            ]} />
          </Panel>
        </div>
      </div>
      {way === 'approve' && (
        <Decision title="Approve this invoice" verb="Approve" optional label="Note" close={close} act={note => send(Approve, { invoiceId, ...(note && { note }) })}>
          <p>It goes to the ERP as it is: <strong><Money value={invoice.total ?? invoice.net} /></strong>. An issued invoice is not taken back; it is credited.</p>
        </Decision>
      )}
      {way === 'reject' && (
        <Decision title="Reject this invoice" verb="Reject" danger close={close} act={reason => send(Reject, { invoiceId, reason })}>
          <p>Its work goes back to what can be billed; the next run takes it up again.</p>
        </Decision>
      )}
      {way === 'dispute' && (
        <Decision title="Record a dispute" verb="Record the dispute" close={close} act={reason => send(Dispute, { invoiceId, reason })}>
          <p>Nobody is reminded of the whole invoice until it is settled.</p>
        </Decision>
      )}
      {typeof way === 'object' && (way.way === 'approve'
        ? <Decision title="Approve this credit memo" verb="Approve" optional label="Note" close={close} act={note => send(ApproveMemo, { creditMemoId: way.memo, ...(note && { note }) })} />
        : <Decision title="Reject this credit memo" verb="Reject" danger close={close} act={reason => send(RejectMemo, { creditMemoId: way.memo, reason })} />)}
      {way === 'release' && <Decision title="Settle the dispute" verb="Settle" close={close} act={reason => send(Release, { invoiceId, reason })} />}
    </>
  );
}
