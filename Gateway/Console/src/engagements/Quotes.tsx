import { useMemo } from 'react';
import { graphql } from '../api/generated';
import type { QuoteListQuery, QuoteStatus } from '../api/generated/graphql';
import { useDecision } from '../api/decide';
import { useFilters, useMay, useRows } from '../api/hooks';
import { Decision } from '../design/Decision';
import { Choose, Find } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Ago, Button, Day, Empty, Foreign, Link, PageHead, Panel, Status } from '../design/ui';
import { words } from '../text/format';
import { EngagementTabs } from './EngagementTabs';

const QuoteList = graphql(`
  query QuoteList($filter: QuoteFilter, $first: Int, $after: String) {
    quotes(filter: $filter, first: $first, after: $after) {
      nodes { id name status source customerName legalEntity startDate validUntil submittedAt submittedBy contract { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const Approve = graphql(`mutation ApproveQuote($input: ApproveQuoteInput!) { approveQuote(input: $input) { errors { ... on UserError { code message remedy } } } }`);
const Decline = graphql(`mutation DeclineQuote($input: DeclineQuoteInput!) { declineQuote(input: $input) { errors { ... on UserError { code message remedy } } } }`);

type Quote = QuoteListQuery['quotes']['nodes'][number];
const states: QuoteStatus[] = ['SUBMITTED', 'APPROVED', 'DECLINED'];

export default function Quotes() {
  const may = useMay();
  const [{ q: search, status }, set] = useFilters('q', 'status');
  const variables = useMemo(() => ({ filter: { ...(search && { search }), ...(status && { status: [status as QuoteStatus] }) } }), [search, status]);
  const rows = useRows(QuoteList, variables, data => data.quotes, { every: 10_000 });
  const { way: deciding, start, close, send } = useDecision<{ quote: Quote; way: 'approve' | 'decline' }>(rows.refresh);
  const decides = may('approveQuote');
  const columns = useMemo((): Column<Quote>[] => [
    { id: 'name', header: 'Quote', meta: { width: '36%' }, cell: ({ row: { original } }) => (
      <>{original.contract ? <Link className="title" to={`/engagements/${original.contract.id}`}><Foreign>{original.name}</Foreign></Link> : <strong><Foreign>{original.name}</Foreign></strong>}
        <span className="second"><Foreign>{original.customerName}</Foreign></span></>
    ) },
    { id: 'status', header: 'State', cell: ({ row }) => <Status value={row.original.status} tone={row.original.status === 'DECLINED' ? 'plain' : undefined} /> },
    { id: 'source', header: 'From', meta: { room: 'medium' }, cell: ({ row }) => row.original.source ?? 'CRM' },
    { id: 'valid', header: 'Valid until', meta: { room: 'wide' }, cell: ({ row }) => <Day on={row.original.validUntil} /> },
    { id: 'at', header: 'Submitted', meta: { room: 'medium' }, cell: ({ row: { original } }) => <><Ago at={original.submittedAt} />{original.submittedBy && <span className="second"><Foreign>{original.submittedBy}</Foreign></span>}</> },
    ...(decides ? [{ id: 'decide', header: 'Decide', cell: ({ row: { original } }: { row: { original: Quote } }) => original.status === 'SUBMITTED' && (
      <span className="change">
        <Button small kind="primary" onPress={() => start({ quote: original, way: 'approve' })}>Approve</Button>
        <Button small onPress={() => start({ quote: original, way: 'decline' })}>Decline</Button>
      </span>
    ) }] : []),
  ], [decides]);
  return (
    <>
      <PageHead title="Engagements" lead="What was offered, and what became of it." />
      <EngagementTabs />
      <div className="bar">
        <Find label="Find by name or customer" value={search} onChange={value => set('q', value)} />
        <Choose label="State" value={status} onChange={value => set('status', value)} all="All" options={states.map(each => [each, words(each)] as const)} />
      </div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Quotes" what="Quotes" rowKey={quote => quote.id} tall
          empty={<Empty title={search || status ? 'No quote is like this.' : 'There is no quote yet.'}>Quotes come from the CRM, or are submitted over the API.</Empty>} />
      </Panel>
      {deciding?.way === 'approve' && (
        <Decision title="Approve this quote" verb="Approve" optional label="Note" close={close} 
          act={note => send(Approve, { quoteId: deciding.quote.id, ...(note && { note }) })}>
          <p>It becomes a contract, and its activation in the other systems begins.</p>
        </Decision>
      )}
      {deciding?.way === 'decline' && (
        <Decision title="Decline this quote" verb="Decline" danger close={close} 
          act={reason => send(Decline, { quoteId: deciding.quote.id, reason })} />
      )}
    </>
  );
}
