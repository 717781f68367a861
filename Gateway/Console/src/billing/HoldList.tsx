import { useMemo } from 'react';
import { graphql } from '../api/generated';
import type { HoldListQuery } from '../api/generated/graphql';
import { useFilters, useRows } from '../api/hooks';
import { Choose } from '../design/fields';
import { DataTable, type Column } from '../design/table';
import { Ago, Empty, Foreign, ObjectLink, PageHead, Panel } from '../design/ui';
import { BillingTabs } from './BillingTabs';
import { ReleaseButton } from './Holds';

const HoldList = graphql(`
  query HoldList($filter: BillingHoldFilter, $first: Int, $after: String) {
    billingHolds(filter: $filter, first: $first, after: $after) {
      nodes { id placedOn reason placedBy placedAt releasedBy releasedAt releaseReason }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Hold = HoldListQuery['billingHolds']['nodes'][number];

const columns = (changed: () => void): Column<Hold>[] => [
  { id: 'of', header: 'Held', cell: ({ row }) => <ObjectLink id={row.original.placedOn} /> },
  { id: 'why', header: 'Why', meta: { width: '40%' }, cell: ({ row: { original } }) => (
    <><Foreign>{original.reason}</Foreign>{original.releaseReason && <span className="second">released: <Foreign>{original.releaseReason}</Foreign></span>}</>
  ) },
  { id: 'by', header: 'By', meta: { room: 'medium' }, cell: ({ row: { original } }) => <><Foreign>{original.placedBy}</Foreign><span className="second"><Ago at={original.placedAt} /></span></> },
  { id: 'end', header: 'Until', cell: ({ row: { original } }) => original.releasedAt
    ? <><Ago at={original.releasedAt} /><span className="second"><Foreign>{original.releasedBy}</Foreign></span></>
    : <ReleaseButton hold={original} changed={changed} /> },
];

export default function HoldListPage() {
  const [{ state }, set] = useFilters('state');
  const rows = useRows(HoldList, useMemo(() => ({ filter: { open: state !== 'released' } }), [state]), data => data.billingHolds, { every: 8_000 });
  const shown = useMemo(() => columns(rows.refresh), [rows.refresh]);
  return (
    <>
      <PageHead title="Billing" lead="What is held back from billing, by whom and why. A hold is placed on an engagement or on a draft." />
      <BillingTabs />
      <div className="bar"><Choose label="State" value={state} onChange={value => set('state', value)} all="Held" options={[['released', 'Released']]} /></div>
      <Panel flush>
        <DataTable rows={rows} columns={shown} label="Holds of billing" what="Holds" rowKey={each => `${each.id} ${each.placedOn}`} tall
          empty={<Empty good title={state ? 'Nothing was released yet.' : 'Nothing is held back.'} />} />
      </Panel>
    </>
  );
}
