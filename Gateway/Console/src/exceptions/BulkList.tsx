import { graphql } from '../api/generated';
import type { BulkListQuery } from '../api/generated/graphql';
import { useRows } from '../api/hooks';
import { DataTable, type Column } from '../design/table';
import { Ago, Empty, Foreign, Link, PageHead, Panel } from '../design/ui';
import * as format from '../text/format';
import { BulkState } from './BulkState';
import { ExceptionTabs } from './ExceptionTabs';

const BulkList = graphql(`
  query BulkList($first: Int, $after: String) {
    bulkActions(first: $first, after: $after) {
      nodes { id kind status reason total done succeeded failed proposedBy proposedAt }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = BulkListQuery['bulkActions']['nodes'][number];

const columns: Column<Row>[] = [
  { id: 'what', header: 'Action', meta: { width: '40%' }, cell: ({ row: { original } }) => (
    <><Link className="title" to={`/exceptions/bulk/${original.id}`}>{format.words(original.kind)} {format.plural(original.total, 'exception')}</Link><span className="second"><Foreign>{original.reason}</Foreign></span></>
  ) },
  { id: 'status', header: 'State', cell: ({ row }) => <BulkState of={row.original} /> },
  { id: 'done', header: 'Settled', meta: { end: true }, cell: ({ row }) => `${row.original.done} of ${row.original.total}` },
  { id: 'failed', header: 'Failed', meta: { end: true, room: 'medium' }, cell: ({ row }) => row.original.failed },
  { id: 'by', header: 'Proposed', meta: { room: 'medium' }, cell: ({ row }) => <><Ago at={row.original.proposedAt} /><span className="second"><Foreign>{row.original.proposedBy}</Foreign></span></> },
];

const nothing = {};

export default function Bulks() {
  const rows = useRows(BulkList, nothing, data => data.bulkActions, { every: 5_000 });
  return (
    <>
      <PageHead title="Exceptions" lead="Actions on many, and what came of each." />
      <ExceptionTabs />
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Bulk actions" what="Bulk actions" rowKey={each => each.id} tall
          empty={<Empty title="No action on many was proposed yet.">Choose several exceptions, or a whole group, and retry or skip them.</Empty>} />
      </Panel>
    </>
  );
}
