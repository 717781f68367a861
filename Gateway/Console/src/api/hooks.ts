import { createContext, use, useCallback, useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from 'react';
import type { AnyVariables, CombinedError, TypedDocumentNode } from '@urql/core';
import { useSearchParams } from 'react-router';
import { useClient, useQuery, useSubscription } from 'urql';
import { mutations, policies, type Action, type Policy, type Role } from '../access/permissions';
import { lineState, onLine } from './client';

/** What changed lately: pages that show it read again. */
export type Topic = 'exceptions' | 'connections' | 'alerts';

const topics = new EventTarget();

export const tell = (topic: Topic) => topics.dispatchEvent(new Event(topic));

const settle = 300;
const idleInterval = 20_000;

/** Reads again soon after one of the topics changed, when the page is looked at again, and now and then. */
export function useFresh(read: () => void, on: readonly Topic[], every = idleInterval): void {
  const again = useEffectEvent(read);
  const names = on.join();
  useEffect(() => {
    let soon = 0;
    const later = () => {
      clearTimeout(soon);
      soon = window.setTimeout(() => again(), settle);
    };
    const idle = window.setInterval(() => document.hidden || again(), every);
    const seen = () => document.hidden || later();
    const off = onLine(() => lineState() === 'up' && later());
    const followed = names.split(',').filter(Boolean);
    for (const name of followed) topics.addEventListener(name, later);
    document.addEventListener('visibilitychange', seen);
    return () => {
      clearTimeout(soon);
      clearInterval(idle);
      off();
      for (const name of followed) topics.removeEventListener(name, later);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [names, every]);
}

/** A query whose last answer stays while a newer one is on its way. */
export function useLive<TData, TVariables extends AnyVariables>(
  query: TypedDocumentNode<TData, TVariables>, variables: TVariables,
  { on = [], every, pause = false }: { on?: readonly Topic[]; every?: number; pause?: boolean } = {},
) {
  const [result, execute] = useQuery({ query, variables, pause });
  const refresh = useCallback(() => { if (!pause) execute({ requestPolicy: 'network-only' }); }, [execute, pause]);
  useFresh(refresh, on, every);
  // A new sign-in begins with nothing; what is shown stays until it has read as much.
  const key = JSON.stringify(variables);
  const [kept, keep] = useState<{ key: string; data: TData }>();
  if (result.data && (kept?.data !== result.data || kept.key !== key)) keep({ key, data: result.data });
  const data = result.data ?? (kept?.key === key ? kept.data : undefined);
  return { data, error: result.error, loading: result.fetching && !data, refresh };
}

const pageSize = 100;
const mostRereadPages = 3;

export type PageOf<T> = { nodes: T[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null }; totalCount?: number };

export type Rows<T> = {
  rows: T[];
  total: number | null;
  more: boolean;
  loading: boolean;
  error: CombinedError | undefined;
  loadMore: () => void;
  refresh: () => void;
};

/** A list read page by page as far as somebody scrolls; what is shown is read again in place when it changes. */
export function useRows<TData, TVariables extends AnyVariables & { first?: unknown; after?: unknown }, T>(
  query: TypedDocumentNode<TData, TVariables>, variables: Omit<TVariables, 'first' | 'after'>,
  pick: (data: TData) => PageOf<T> | null | undefined, { on = [], every }: { on?: readonly Topic[]; every?: number } = {},
): Rows<T> {
  const client = useClient();
  const key = JSON.stringify(variables);
  const [state, setState] = useState<{ key: string; rows: T[]; cursor: string | null; more: boolean; total: number | null }>();
  const [error, setError] = useState<CombinedError>();
  const [busy, setBusy] = useState(true);
  const turn = useRef(0);

  const read = useEffectEvent(async (known: T[], cursor: string | null, wanted: number, mine: number) => {
    setBusy(true);
    const rows = [...known];
    let after = cursor, more = true, total: number | null = null;
    while (more && rows.length < wanted) {
      const first = Math.min(100, wanted - rows.length);
      const answer = await client.query(query, { ...variables, first, after } as unknown as TVariables, { requestPolicy: 'network-only' }).toPromise();
      if (mine !== turn.current) return;
      const page = answer.data && pick(answer.data);
      if (!page) {
        setError(answer.error);
        return setBusy(false);
      }
      rows.push(...page.nodes);
      total = page.totalCount ?? null;
      more = page.pageInfo.hasNextPage;
      after = page.pageInfo.endCursor ?? after;
    }
    setError(undefined);
    setState({ key, rows, cursor: after, more, total });
    setBusy(false);
  });

  useEffect(() => {
    void read([], null, pageSize, ++turn.current);
    return () => { turn.current++; };
  }, [client, key, query]);

  const current = state?.key === key ? state : undefined;
  const loadMore = () => {
    if (!busy && current?.more) void read(current.rows, current.cursor, current.rows.length + pageSize, turn.current);
  };
  const readAgain = () => {
    if (!busy) void read([], null, Math.min(Math.max(pageSize, state?.rows.length ?? 0), mostRereadPages * 100), turn.current);
  };
  useFresh(() => { if ((state?.rows.length ?? 0) <= mostRereadPages * 100) readAgain(); }, on, every);
  const latest = useRef(readAgain);
  useEffect(() => { latest.current = readAgain; });
  const refresh = useCallback(() => latest.current(), []);
  return {
    rows: current?.rows ?? [], total: current?.total ?? null, more: current?.more ?? true, loading: !current && busy,
    error, loadMore, refresh,
  };
}

const quiet = 400;

/** The value once nobody has changed it for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), quiet);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Filters that stand in the address, so that every view of a list has a link. */
export function useFilters<const TName extends string>(...names: readonly TName[]) {
  const [params, setParams] = useSearchParams();
  const values = Object.fromEntries(names.map(name => [name, params.get(name) ?? ''])) as Record<TName, string>;
  const set = (name: TName, value: string | null, replace = true) => setParams(current => {
    if (value) current.set(name, value); else current.delete(name);
    return current;
  }, { replace });
  return [values, set] as const;
}

/** Whether the gateway can be reached. */
export const useLine = () => useSyncExternalStore(onLine, lineState);

export const Viewer = createContext<{ name: string; roles: readonly Role[] }>({ name: '', roles: [] });

/** Whether the reader may do something; what they may not is not shown. */
export function useMay(): (action: Action) => boolean {
  const { roles } = use(Viewer);
  return useCallback(action => mutations[action].some(role => roles.includes(role)), [roles]);
}

/** Whether the reader may see something. */
export function useSees(): (policy: Policy) => boolean {
  const { roles } = use(Viewer);
  return policy => policies[policy].some(role => roles.includes(role));
}

export { useSubscription };
