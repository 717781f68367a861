import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { graphql } from '../api/generated';
import type { BulkActionKind, ExceptionCategory, ExceptionFilter, ExceptionInboxQuery, ExceptionStatus, Role } from '../api/generated/graphql';
import { useFilters, useMay, useRows } from '../api/hooks';
import { Choose, Find } from '../design/fields';
import { Ago, Button, Chip, Empty, Failure, Foreign, Loading, Money, PageHead, Panel, Status } from '../design/ui';
import * as format from '../text/format';
import { ActOnMany, ActOnOne, type Way } from './Act';
import { ExceptionTabs } from './ExceptionTabs';
import { ExceptionView } from './ExceptionView';
import { GroupHead } from './GroupHead';
import { severityTones, Sla } from './Groups';
import './exceptions.css';

const ExceptionInbox = graphql(`
  query ExceptionInbox($filter: ExceptionFilter, $orderBy: ExceptionOrder, $first: Int, $after: String) {
    exceptions(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount
      nodes {
        id code step category message connection ownerRole status raisedAt held { amount currency } contract { id name customerName }
        desk { severity sla dueAt assignee snoozedUntil }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type InboxRow = ExceptionInboxQuery['exceptions']['nodes'][number];

const owners: Role[] = ['SALES', 'DELIVERY', 'FINANCE', 'FINANCE_APPROVER', 'OPERATOR', 'ADMINISTRATOR'];
const categories: ExceptionCategory[] = ['BUSINESS', 'DATA', 'POLICY', 'TECHNICAL'];

export default function Exceptions() {
  const may = useMay();
  const [{ q: search, status, owner, category, connection, code, contract, group, id: chosen }, set] =
    useFilters('q', 'status', 'owner', 'category', 'connection', 'code', 'contract', 'group', 'id');
  const filter = useMemo((): ExceptionFilter => ({
    status: (status || 'OPEN') as ExceptionStatus,
    ...(search && { search }), ...(owner && { ownerRole: owner as Role }), ...(category && { category: [category as ExceptionCategory] }),
    ...(connection && { connection }), ...(code && { code: [code] }), ...(contract && { contractId: contract }), ...(group && { groupId: group }),
  }), [search, status, owner, category, connection, code, contract, group]);
  const inbox = useRows(ExceptionInbox, useMemo(() => ({ filter }), [filter]), data => data.exceptions, { on: ['exceptions', 'connections'], every: 10_000 });
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [acting, setActing] = useState<{ way: Way; rows: InboxRow[] } | { many: BulkActionKind; ids?: string[]; filter?: ExceptionFilter; count: number }>();
  const rows = inbox.rows;
  const at = rows.findIndex(row => row.id === chosen);
  const move = (step: number) => {
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (next) set('id', next.id);
  };
  const toggle = (id: string) => setPicked(current => {
    const next = new Set(current);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const act = (way: Way) => {
    const of = picked.size > 0 ? rows.filter(row => picked.has(row.id)) : rows.filter(row => row.id === chosen);
    if (of.length === 0 || status === 'RESOLVED' || !may(way === 'retry' ? 'retryException' : 'skipException')) return;
    if (of.length > 1) setActing({ many: way === 'retry' ? 'RETRY' : 'SKIP', ids: of.map(row => row.id), count: of.length });
    else setActing({ way, rows: of });
  };
  const others = () => setActing({ many: 'ASSIGN', ids: [...picked], count: picked.size });
  const done = (changed: boolean) => {
    setActing(undefined);
    if (changed) { setPicked(new Set()); inbox.refresh(); }
  };
  useKeys({
    j: () => move(1), k: () => move(-1), x: () => { if (chosen) toggle(chosen); }, r: () => act('retry'), s: () => act('skip'),
    Escape: () => { if (picked.size > 0) setPicked(new Set()); else set('id', null); },
  }, !acting);
  const everyRow = rows.length > 0 && rows.every(row => picked.has(row.id));
  const filtered = Boolean(search || owner || category || connection || code || contract || group);
  const bulk = may('proposeBulkAction') && status !== 'RESOLVED';
  return (
    <div className={`inbox ${chosen ? 'reading' : ''}`}>
      <PageHead title="Exceptions" lead={inbox.total == null ? 'What needs a person.' : status === 'RESOLVED'
        ? `${format.number(inbox.total, 0)} resolved.`
        : inbox.total === 0 ? 'Nothing waits for a person.' : `${format.plural(inbox.total, 'thing')} that ${inbox.total === 1 ? 'waits' : 'wait'} for a person.`} />
      <ExceptionTabs />
      {group && <GroupHead id={group} leave={() => set('group', null)} />}
      <div className="bar">
        <Find label="Find in messages and steps" value={search} onChange={value => set('q', value)} />
        <Choose label="State" value={status} onChange={value => set('status', value)} all="Open" options={[['RESOLVED', 'Resolved']]} />
        <Choose label="For" value={owner} onChange={value => set('owner', value)} all="Everybody" options={owners.map(each => [each, format.words(each)] as const)} />
        <Choose label="Kind" value={category} onChange={value => set('category', value)} all="All" options={categories.map(each => [each, format.words(each)] as const)} />
        {([['connection', connection], ['code', code], ['contract', contract]] as const).map(([name, value]) => value && (
          <Button key={name} small kind="quiet" onPress={() => set(name, null)}>{`${name}: ${value} ✕`}</Button>
        ))}
      </div>
      <div className="inbox-columns">
        <Panel flush>
          {inbox.error && rows.length === 0 ? <Failure error={inbox.error} retry={inbox.refresh} what="Exceptions" />
            : inbox.loading ? <Loading what="exceptions" />
              : rows.length === 0
                ? filtered
                  ? <Empty good={Boolean(group)} title={group ? 'Nothing of this cause is open.' : 'No exception is like this.'}>Take a filter away to see more.</Empty>
                  : <Empty good title={status === 'RESOLVED' ? 'Nothing was resolved yet.' : 'Nothing is blocked.'}>When something needs a person, it is here, with what to do about it.</Empty>
                : (
                  <>
                    <div className="inbox-bar">
                      {bulk && (
                        <label className="check">
                          <input type="checkbox" checked={everyRow} onChange={() => setPicked(everyRow ? new Set() : new Set(rows.map(row => row.id)))} />
                          {picked.size > 0 ? `${format.number(picked.size, 0)} chosen` : 'Choose all shown'}
                        </label>
                      )}
                      <span className="grow" />
                      {picked.size > 0 && bulk
                        ? <><Button small kind="primary" onPress={() => act('retry')}>Retry</Button><Button small onPress={() => act('skip')}>Skip</Button><Button small onPress={others}>Others …</Button></>
                        : bulk && (inbox.total ?? 0) > 1
                          ? <Button small onPress={() => setActing({ many: 'RETRY', filter, count: inbox.total ?? 0 })}>Retry all {format.number(inbox.total, 0)}</Button>
                          : <span className="keys" aria-hidden><kbd>j</kbd><kbd>k</kbd> move <kbd>x</kbd> choose <kbd>r</kbd> retry <kbd>s</kbd> skip</span>}
                    </div>
                    <InboxList rows={rows} chosen={chosen} picked={picked} pick={bulk ? toggle : undefined}
                      open={id => set('id', id, false)} loadMore={inbox.loadMore} />
                  </>
                )}
        </Panel>
        {chosen
          ? <ExceptionView key={chosen} id={chosen} close={() => set('id', null)} changed={inbox.refresh} />
          : rows.length > 0 && <div className="panel hint"><Empty title="Choose one to see what happened and what to do.">With <kbd>j</kbd> and <kbd>k</kbd> you go from one to the next.</Empty></div>}
      </div>
      {acting && ('many' in acting
        ? <ActOnMany kind={acting.many} of={acting} close={done} />
        : <ActOnOne way={acting.way} of={acting.rows[0]!} close={done} />)}
    </div>
  );
}

function InboxList({ rows, chosen, picked, pick, open, loadMore }: {
  rows: InboxRow[]; chosen: string; picked: ReadonlySet<string>; pick?: (id: string) => void; open: (id: string) => void; loadMore: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 92, overscan: 8, getItemKey: index => rows[index]!.id,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => { if (last >= rows.length - 15) loadMore(); }, [last, rows.length]);
  const at = rows.findIndex(row => row.id === chosen);
  useEffect(() => { if (at >= 0) virtual.scrollToIndex(at); }, [at]);
  return (
    <div className="inbox-scroller" ref={scroller}>
      <ul style={{ height: virtual.getTotalSize() }} aria-label="Exceptions">
        {items.map(item => {
          const row = rows[item.index]!;
          return (
            <li key={row.id} ref={virtual.measureElement} data-index={item.index} aria-setsize={rows.length} aria-posinset={item.index + 1}
              className={row.id === chosen ? 'chosen' : ''} style={{ transform: `translateY(${item.start}px)` }}>
              {pick && (
                <span className="select-cell"><input type="checkbox" aria-label={`Choose ${row.message}`} checked={picked.has(row.id)} onChange={() => pick(row.id)} /></span>
              )}
              <button type="button" onClick={() => open(row.id)} aria-current={row.id === chosen}>
                <span className="inbox-top">
                  <strong>{row.contract ? <Foreign>{row.contract.customerName}</Foreign> : row.connection ?? 'Q2C'}</strong>
                  <Money value={row.held} />
                </span>
                <span className="inbox-message"><Foreign>{row.message}</Foreign></span>
                <span className="inbox-foot">
                  {row.status === 'RESOLVED' ? <Status value={row.status} /> : row.desk && <>
                    {row.desk.severity !== 'NORMAL' && <Chip tone={severityTones[row.desk.severity]}>{format.words(row.desk.severity)}</Chip>}
                    <Sla state={row.desk.sla} dueAt={row.desk.dueAt} />
                  </>}
                  <code>{row.code}</code>
                  {row.desk?.assignee ? <Foreign>{row.desk.assignee}</Foreign> : row.ownerRole && <span>{format.words(row.ownerRole)}</span>}
                  <Ago at={row.raisedAt} />
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Single keys, where nobody is writing. */
function useKeys(keys: Record<string, () => void>, on: boolean): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLElement && event.target.closest('input:not([type=checkbox]), textarea, [role=dialog], [role=listbox], [role=menu]')) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    if (!on) return;
    const listener = (event: KeyboardEvent) => press(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, [on]);
}
