import { useDeferredValue, useMemo } from 'react';
import { graphql } from '../api/generated';
import type { ContractOrderField, ContractStatus, EngagementListQuery } from '../api/generated/graphql';
import { useFilters, useRows } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Day, Empty, Foreign, Link, Money, PageHead, Panel, Status } from '../design/ui';
import { EngagementTabs } from './EngagementTabs';
import { words } from '../text/format';

const EngagementList = graphql(`
  query EngagementList($filter: ContractFilter, $orderBy: ContractOrder, $first: Int, $after: String) {
    contracts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      nodes {
        id name customerName status legalEntity
        terms { lines { start } }
        contracted { amount currency } billed { amount currency } paid { amount currency } remaining { amount currency }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = EngagementListQuery['contracts']['nodes'][number];

const states: ContractStatus[] = ['ACTIVATING', 'PAUSED', 'ACTIVE', 'COMPENSATING', 'WITHDRAWN'];

const orders: Record<string, ContractOrderField> = { name: 'NAME', start: 'START_DATE' };

const columns: Column<Row>[] = [
  {
    id: 'name', header: 'Engagement', meta: { width: '34%' },
    cell: ({ row: { original } }) => (
      <>
        <Link className="title" to={`/engagements/${original.id}`}><Foreign>{original.name}</Foreign></Link>
        <span className="second"><Foreign>{original.customerName}</Foreign></span>
      </>
    ),
  },
  { id: 'status', header: 'State', enableSorting: false, cell: ({ row }) => <Status value={row.original.status} /> },
  { id: 'entity', header: 'Company', enableSorting: false, meta: { room: 'wide' }, cell: ({ row }) => row.original.legalEntity },
  { id: 'start', header: 'Begins', meta: { room: 'wide' }, cell: ({ row }) => <Day on={row.original.terms.lines.map(line => line.start).sort()[0]} /> },
  { id: 'contracted', header: 'Contracted', enableSorting: false, meta: { end: true, room: 'medium' }, cell: ({ row }) => <Money value={row.original.contracted} /> },
  { id: 'billed', header: 'Billed', enableSorting: false, meta: { end: true, room: 'medium' }, cell: ({ row }) => <Money value={row.original.billed} /> },
  { id: 'paid', header: 'Paid', enableSorting: false, meta: { end: true, room: 'wide' }, cell: ({ row }) => <Money value={row.original.paid} /> },
  { id: 'remaining', header: 'Remaining', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Money value={row.original.remaining} /> },
];

export default function Engagements() {
  const [{ q: search, status, sort }, set] = useFilters('q', 'status', 'sort');
  const looked = useDeferredValue(search);
  const variables = useMemo(() => ({
    filter: {
      ...(looked && { search: looked }),
      ...(status && { status: status.split(',') as ContractStatus[] }),
    },
    orderBy: sort ? { field: orders[sort.replace('-', '')]!, direction: sort.startsWith('-') ? 'DESC' as const : 'ASC' as const } : null,
  }), [looked, status, sort]);
  const rows = useRows(EngagementList, variables, data => data.contracts, { on: ['exceptions'], every: 5_000 });
  return (
    <>
      <PageHead title="Engagements" lead="Every contract, from the accepted quote to the last payment." />
      <EngagementTabs />
      <div className="bar">
        <Find label="Find by name or customer" value={search} onChange={value => set('q', value)} />
        <Choose label="State" value={states.includes(status as ContractStatus) ? status : ''} onChange={value => set('status', value)}
          all={status.includes(',') ? status.split(',').map(words).join(', ') : 'All'} options={states.map(each => [each, words(each)] as const)} />
      </div>
      <Panel flush>
        <DataTable rows={rows} columns={columns} label="Engagements" what="Engagements" rowKey={row => row.id} tall
          sorting={sort ? { id: sort.replace('-', ''), desc: sort.startsWith('-') } : undefined}
          onSort={by => set('sort', by ? `${by.desc ? '-' : ''}${by.id}` : '')}
          empty={search || status
            ? <Empty title="No engagement is like this.">Look for another name, or choose all states.</Empty>
            : <Empty title="There is no engagement yet.">One begins when sales wins an opportunity in the CRM, or a quote is approved.</Empty>} />
      </Panel>
    </>
  );
}
