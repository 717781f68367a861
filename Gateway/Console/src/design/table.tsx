import { useEffect, useRef, type ReactNode } from 'react';
import { flexRender, getCoreRowModel, useReactTable, type ColumnDef, type RowData, type SortingState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { plural } from '../text/format';
import type { Rows } from '../api/hooks';
import { Failure, Loading } from './ui';
import './table.css';

declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Numbers stand at the end. */
    end?: boolean;
    /** Left out where there is no room: `wide` below 1100 px, `medium` below 720 px. */
    room?: 'wide' | 'medium';
    /** In `ch` or `%`; what is left is shared by the others. */
    width?: string;
  }
}

export type Column<T> = ColumnDef<T, unknown>;

const rowHeight = 46;
const overscan = 12;
const loadAhead = 20;

/**
 * A list of any length: only the rows in sight are in the page, and more are read as they come into sight. It stays a table for
 * whoever cannot see it, and says how many rows it has.
 */
export function DataTable<T>({ rows, columns, label, what, rowKey, empty, sorting, onSort, chosen, tall }: {
  rows: Rows<T>; columns: Column<T>[]; label: string; what: string; rowKey: (row: T) => string; empty: ReactNode;
  sorting?: SortingState; onSort?: (sorting: SortingState) => void; chosen?: (row: T) => boolean; tall?: boolean;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows.rows, columns, getRowId: rowKey, getCoreRowModel: getCoreRowModel(), manualSorting: true, enableSorting: Boolean(onSort),
    state: { sorting: sorting ?? [] },
    onSortingChange: change => onSort?.(typeof change === 'function' ? change(sorting ?? []) : change),
  });
  const model = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: model.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan,
    getItemKey: index => model[index]!.id,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.more && !rows.loading && last >= model.length - loadAhead) rows.loadMore();
  }, [last, model.length, rows]);

  if (rows.error && rows.rows.length === 0) return <Failure error={rows.error} retry={rows.refresh} what={what} />;
  if (rows.loading) return <Loading what={what.toLowerCase()} />;
  if (model.length === 0) return <>{empty}</>;
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="data">
      <div className={`scroller ${tall ? 'tall' : ''}`} ref={scroller} tabIndex={0} role="region" aria-label={`${label}, list`}>
        <table aria-label={label} aria-rowcount={rows.more ? -1 : model.length + 1}>
          <thead>
            {table.getHeaderGroups().map(group => (
              <tr key={group.id}>
                {group.headers.map(header => {
                  const meta = header.column.columnDef.meta;
                  const sorted = header.column.getIsSorted();
                  return (
                    <th key={header.id} scope="col" className={cell(meta)} style={{ width: meta?.width }}
                      aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}>
                      {header.column.getCanSort()
                        ? (
                          <button type="button" className="sort" onClick={header.column.getToggleSortingHandler()}>
                            {flexRender(header.column.columnDef.header, header.getContext())}
                            {sorted === 'asc' && <ArrowUp aria-hidden />}
                            {sorted === 'desc' && <ArrowDown aria-hidden />}
                          </button>
                        )
                        : flexRender(header.column.columnDef.header, header.getContext())}
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden="true"><td className="gap" style={{ height: before }} colSpan={columns.length} /></tr>}
            {items.map(item => {
              const row = model[item.index]!;
              return (
                <tr key={row.id} ref={virtual.measureElement} data-index={item.index} aria-rowindex={item.index + 2}
                  className={chosen?.(row.original) ? 'chosen' : undefined}>
                  {row.getVisibleCells().map(each => (
                    <td key={each.id} className={cell(each.column.columnDef.meta)}>{flexRender(each.column.columnDef.cell, each.getContext())}</td>
                  ))}
                </tr>
              );
            })}
            {after > 0 && <tr aria-hidden="true"><td className="gap" style={{ height: after }} colSpan={columns.length} /></tr>}
          </tbody>
        </table>
      </div>
      <p className="count" role="status">
        {rows.error
          ? 'The newest could not be read; what you see is what was read before.'
          : rows.total != null ? plural(rows.total, 'entry', 'entries') : `${plural(model.length, 'entry', 'entries')}${rows.more ? ', more as you scroll' : ''}`}
      </p>
    </div>
  );
}

const cell = (meta: { end?: boolean; room?: string } | undefined) =>
  [meta?.end && 'end', meta?.room && `room-${meta.room}`].filter(Boolean).join(' ') || undefined;

/** A short list that is all there. */
export function PlainTable<T>({ of, columns, label, rowKey, foot }: {
  of: readonly T[]; label: string; rowKey: (row: T) => string; foot?: ReactNode;
  columns: { head: ReactNode; cell: (row: T) => ReactNode; end?: boolean; room?: 'wide' | 'medium' }[];
}) {
  return (
    <div className="scroller plain" tabIndex={0} role="region" aria-label={`${label}, list`}>
      <table aria-label={label}>
        <thead><tr>{columns.map((column, i) => <th key={i} scope="col" className={cell(column)}>{column.head}</th>)}</tr></thead>
        <tbody>
          {of.map(row => (
            <tr key={rowKey(row)}>{columns.map((column, i) => <td key={i} className={cell(column)}>{column.cell(row)}</td>)}</tr>
          ))}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
