import { use, useMemo } from 'react';
import { graphql } from '../api/generated';
import type { ApprovalListQuery } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useFilters, useMay, useRows, Viewer } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Ago, Button, Empty, Foreign, Link, Money, PageHead, Panel, Status } from '../design/ui';
import { words } from '../text/format';
import { BillingTabs } from './BillingTabs';

const ApprovalList = graphql(`
  query ApprovalList($filter: ApprovalFilter, $first: Int, $after: String) {
    approvals(filter: $filter, first: $first, after: $after) {
      nodes {
        id kind legalEntity amount { amount currency } reason askedBy askedAt decision decidedBy decidedAt refundId
        customer { id name } invoice { id number }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const ApproveRefund = graphql(`mutation ApproveRefund($input: ApproveRefundInput!) { approveRefund(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const DeclineRefund = graphql(`mutation DeclineRefund($input: DeclineRefundInput!) { declineRefund(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const ApproveWriteOff = graphql(`mutation ApproveWriteOff($input: ApproveReceivableWriteOffInput!) { approveReceivableWriteOff(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const DeclineWriteOff = graphql(`mutation DeclineWriteOff($input: DeclineReceivableWriteOffInput!) { declineReceivableWriteOff(input: $input) { errors { ... on UserError { code message remedy } } } }`);

type Approval = ApprovalListQuery['approvals']['nodes'][number];
type Deciding = { way: 'approve' | 'decline'; of: Approval };

/** Money that goes back or is given up needs two people: one who asks and one who decides. */
export default function Approvals() {
  const may = useMay();
  const { name } = use(Viewer);
  const [{ state }, set] = useFilters('state');
  const rows = useRows(ApprovalList, useMemo(() => ({ filter: { open: state !== 'decided' } }), [state]), data => data.approvals, { every: 8_000 });
  const { way: deciding, start, close, send } = useDecision<Deciding>(rows.refresh);
  const columns = useMemo((): Column<Approval>[] => [
    { id: 'what', header: 'What', meta: { width: '44%' }, cell: ({ row: { original } }) => (
      <>
        <strong>{words(original.kind)}</strong>{original.invoice && <> <Link to={`/invoices/${original.invoice.id}`}>{original.invoice.number ?? 'Invoice'}</Link></>}
        <span className="second"><Foreign>{original.customer?.name}</Foreign></span>
        <span className="second">“<Foreign>{original.reason}</Foreign>”</span>
      </>
    ) },
    { id: 'amount', header: 'Amount', meta: { end: true }, cell: ({ row }) => <Money value={row.original.amount} /> },
    { id: 'asked', header: 'Asked for', meta: { room: 'medium' }, cell: ({ row: { original } }) => <><Foreign>{original.askedBy}</Foreign><span className="second"><Ago at={original.askedAt} /></span></> },
    { id: 'decide', header: 'Decision', cell: ({ row: { original } }) => {
      const refund = original.kind === 'REFUND';
      if (original.decision) return <><Status value={original.decision} tone={original.decision === 'DECLINED' ? 'plain' : undefined} /><span className="second"><Foreign>{original.decidedBy}</Foreign> <Ago at={original.decidedAt} /></span></>;
      return (
        <span className="change">
          {original.askedBy === name ? <span className="faint">waits for somebody else</span>
            : may(refund ? 'approveRefund' : 'approveReceivableWriteOff') && <Button small kind="primary" onPress={() => start({ way: 'approve', of: original })}>Approve</Button>}
          {may(refund ? 'declineRefund' : 'declineReceivableWriteOff') && <Button small onPress={() => start({ way: 'decline', of: original })}>Decline</Button>}
        </span>
      );
    } },
  ], [name, may, start]);
  const act = (of: Approval, approve: boolean) => (text: string) => {
    const said = approve ? (text ? { note: text } : {}) : { reason: text };
    if (of.kind === 'REFUND') {
      const refund = { customerId: of.customer!.id, refundId: of.refundId!, legalEntity: of.legalEntity };
      return approve ? send(ApproveRefund, { ...refund, ...said }) : send(DeclineRefund, { ...refund, reason: text });
    }
    return approve ? send(ApproveWriteOff, { invoiceId: of.invoice!.id, ...said }) : send(DeclineWriteOff, { invoiceId: of.invoice!.id, reason: text });
  };
  return (
    <>
      <PageHead title="Billing" lead={<span>Refunds and write-offs that need a second person. Invoices that do are <Link to="/billing/invoices?status=AWAITING_APPROVAL">in their own list</Link>.</span>} />
      <BillingTabs />
      <div className="bar"><Choose label="State" value={state} onChange={value => set('state', value)} all="Waiting" options={[['decided', 'Decided']]} /></div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Approvals" what="Approvals" rowKey={each => each.id} tall
          empty={<Empty good title={state ? 'Nothing was decided yet.' : 'Nothing waits for a second person.'} />} />
      </Panel>
      {deciding && (
        <Decision title={deciding.way === 'approve' ? 'Approve it' : 'Decline it'} verb={deciding.way === 'approve' ? 'Approve' : 'Decline'}
          danger={deciding.way === 'decline'} optional={deciding.way === 'approve'} label={deciding.way === 'approve' ? 'Note' : 'Reason'}
          close={close} act={act(deciding.of, deciding.way === 'approve')}>
          <p><strong><Money value={deciding.of.amount} /></strong> {deciding.of.kind === 'REFUND' ? 'goes back to' : 'is given up of'} <Foreign>{deciding.of.customer?.name}</Foreign>. <Foreign>{deciding.of.askedBy}</Foreign> asks for it: “<Foreign>{deciding.of.reason}</Foreign>”</p>
        </Decision>
      )}
    </>
  );
}
