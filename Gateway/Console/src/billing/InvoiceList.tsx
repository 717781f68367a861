import { useMemo } from 'react';
import { graphql } from '../api/generated';
import type { InvoiceListQuery, InvoiceOrderField, InvoiceStatus } from '../api/generated/graphql';
import { useFilters, useRows } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Chip, Day, Empty, Foreign, Link, Money, PageHead, Panel, Status } from '../design/ui';
import { today, words } from '../text/format';
import { BillingTabs } from './BillingTabs';

const InvoiceList = graphql(`
  query InvoiceList($filter: InvoiceFilter, $orderBy: InvoiceOrder, $first: Int, $after: String) {
    invoices(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      nodes {
        id number status customerName date dueDate disputed contract { id name }
        net { amount currency } total { amount currency } outstanding { amount currency }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = InvoiceListQuery['invoices']['nodes'][number];

const states: InvoiceStatus[] = ['DRAFT', 'TAXING', 'AWAITING_APPROVAL', 'POSTING', 'ISSUED', 'PARTIALLY_PAID', 'PAID', 'CREDITED', 'WRITTEN_OFF', 'REJECTED'];
const orders: Record<string, InvoiceOrderField> = { customer: 'CUSTOMER_NAME', date: 'DATE', due: 'DUE_DATE' };

const columns: Column<Row>[] = [
  { id: 'number', header: 'Invoice', enableSorting: false, cell: ({ row: { original } }) => <Link className="title" to={`/invoices/${original.id}`}>{original.number ?? 'Draft'}</Link> },
  { id: 'customer', header: 'Customer', meta: { width: '32%' }, cell: ({ row: { original } }) => (
    <><Foreign>{original.customerName}</Foreign><span className="second"><Foreign>{original.contract.name}</Foreign></span></>
  ) },
  { id: 'status', header: 'State', enableSorting: false, cell: ({ row: { original } }) => <><Status value={original.status} />{original.disputed && <Chip tone="wait">Disputed</Chip>}</> },
  { id: 'date', header: 'Date', meta: { room: 'medium' }, cell: ({ row }) => <Day on={row.original.date} /> },
  { id: 'due', header: 'Due', meta: { room: 'medium' }, cell: ({ row: { original } }) => (
    <span className={original.dueDate && original.dueDate < today() && (original.outstanding?.amount ?? 0) > 0 ? 'bad-text' : undefined}><Day on={original.dueDate} /></span>
  ) },
  { id: 'net', header: 'Net', enableSorting: false, meta: { end: true, room: 'wide' }, cell: ({ row }) => <Money value={row.original.net} /> },
  { id: 'total', header: 'Total', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Money value={row.original.total} /> },
  { id: 'outstanding', header: 'Outstanding', enableSorting: false, meta: { end: true, room: 'medium' }, cell: ({ row }) => <Money value={row.original.outstanding} /> },
];

export default function InvoiceListPage() {
  const [{ q: search, status, sort, customer }, set] = useFilters('q', 'status', 'sort', 'customer');
  const variables = useMemo(() => ({
    filter: { ...(search && { search }), ...(status && { status: status.split(',') as InvoiceStatus[] }), ...(customer && { customerId: customer }) },
    orderBy: sort ? { field: orders[sort.replace('-', '')]!, direction: sort.startsWith('-') ? 'DESC' as const : 'ASC' as const } : null,
  }), [search, status, sort, customer]);
  const rows = useRows(InvoiceList, variables, data => data.invoices, { on: ['exceptions'], every: 8_000 });
  return (
    <>
      <PageHead title="Billing" lead="Every invoice, from draft to paid." />
      <BillingTabs />
      <div className="bar">
        <Find label="Find by number or customer" value={search} onChange={value => set('q', value)} />
        <Choose label="State" value={states.includes(status as InvoiceStatus) ? status : ''} onChange={value => set('status', value)}
          all={status.includes(',') ? status.split(',').map(words).join(', ') : 'All'} options={states.map(each => [each, words(each)] as const)} />
      </div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Invoices" what="Invoices" rowKey={row => row.id} tall
          sorting={sort ? { id: sort.replace('-', ''), desc: sort.startsWith('-') } : undefined}
          onSort={by => set('sort', by ? `${by.desc ? '-' : ''}${by.id}` : '')}
          empty={search || status ? <Empty title="No invoice is like this." /> : <Empty title="Nothing was invoiced yet.">A billing run drafts invoices of work that is billable.</Empty>} />
      </Panel>
    </>
  );
}
