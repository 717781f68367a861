import { useEffect, useRef, type ReactNode } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { plural } from '../text/format';
import type { Rows } from '../api/hooks';
import { Failure, Loading } from './ui';
import './table.css';

type Place = {
  /** Numbers stand at the end. */
  end?: boolean;
  /** Left out where there is no room: `wide` below 1100 px, `medium` below 720 px. */
  room?: 'wide' | 'medium';
  /** In `ch` or `%`; what is left is shared by the others. */
  width?: string;
};

export type Column<T> = {
  id: string; header: string; cell: (of: { row: { original: T } }) => ReactNode; meta?: Place;
  /** Whether the list can be sorted by it, where it can be sorted at all. */
  enableSorting?: boolean;
};

export type Sorting = { id: string; desc: boolean };

const rowHeight = 46;
const overscan = 12;
const loadAhead = 40;

/** First upwards, then downwards, then not at all. */
const next = (id: string, sorting?: Sorting): Sorting | undefined =>
  sorting?.id !== id ? { id, desc: false } : sorting.desc ? undefined : { id, desc: true };

/**
 * A list of any length: only the rows in sight are in the page, and more are read as they come into sight. It stays a table for
 * whoever cannot see it, and says how many rows it has.
 */
export function DataTable<T>({ rows, columns, label, what, rowKey, empty, sorting, onSort, tall }: {
  rows: Rows<T>; columns: readonly Column<T>[]; label: string; what: string; rowKey: (row: T) => string; empty: ReactNode;
  sorting?: Sorting; onSort?: (sorting?: Sorting) => void; tall?: boolean;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const all = rows.rows;
  const virtual = useVirtualizer({
    count: all.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan,
    getItemKey: index => rowKey(all[index]!),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.more && !rows.loading && last >= all.length - loadAhead) rows.loadMore();
  }, [last, all.length, rows]);

  if (rows.error && all.length === 0) return <Failure error={rows.error} retry={rows.refresh} what={what} />;
  if (rows.loading) return <Loading what={what.toLowerCase()} />;
  if (all.length === 0) return <>{empty}</>;
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="data">
      <div className={`scroller ${tall ? 'tall' : ''}`} ref={scroller} tabIndex={0} role="region" aria-label={`${label}, list`}>
        <table aria-label={label} aria-rowcount={rows.more ? -1 : all.length + 1}>
          <thead>
            <tr>
              {columns.map(column => {
                const sorted = sorting?.id === column.id ? sorting : undefined;
                return (
                  <th key={column.id} scope="col" className={place(column.meta)} style={{ width: column.meta?.width }}
                    aria-sort={sorted ? (sorted.desc ? 'descending' : 'ascending') : undefined}>
                    {onSort && column.enableSorting !== false
                      ? (
                        <button type="button" className="sort" onClick={() => onSort(next(column.id, sorting))}>
                          {column.header}
                          {sorted && (sorted.desc ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden />)}
                        </button>
                      )
                      : column.header}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden="true"><td className="gap" style={{ height: before }} colSpan={columns.length} /></tr>}
            {items.map(item => (
              <tr key={item.key} ref={virtual.measureElement} data-index={item.index} aria-rowindex={item.index + 2}>
                {columns.map(column => <td key={column.id} className={place(column.meta)}>{column.cell({ row: { original: all[item.index]! } })}</td>)}
              </tr>
            ))}
            {after > 0 && <tr aria-hidden="true"><td className="gap" style={{ height: after }} colSpan={columns.length} /></tr>}
          </tbody>
        </table>
      </div>
      <p className="count" role="status">
        {rows.error
          ? 'The newest could not be read; what you see is what was read before.'
          : rows.total != null ? plural(rows.total, 'entry', 'entries') : `${plural(all.length, 'entry', 'entries')}${rows.more ? ', more as you scroll' : ''}`}
      </p>
    </div>
  );
}

const place = (meta: Place | undefined) =>
  [meta?.end && 'end', meta?.room && `room-${meta.room}`].filter(Boolean).join(' ') || undefined;

/** A short list that is all there. */
export function PlainTable<T>({ of, columns, label, rowKey, foot }: {
  of: readonly T[]; label: string; rowKey: (row: T) => string; foot?: ReactNode;
  columns: { head: ReactNode; cell: (row: T) => ReactNode; end?: boolean; room?: 'wide' | 'medium' }[];
}) {
  return (
    <div className="scroller plain" tabIndex={0} role="region" aria-label={`${label}, list`}>
      <table aria-label={label}>
        <thead><tr>{columns.map((column, i) => <th key={i} scope="col" className={place(column)}>{column.head}</th>)}</tr></thead>
        <tbody>
          {of.map(row => (
            <tr key={rowKey(row)}>{columns.map((column, i) => <td key={i} className={place(column)}>{column.cell(row)}</td>)}</tr>
          ))}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
