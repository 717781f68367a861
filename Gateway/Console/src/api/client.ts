import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient, type Client as Sockets } from 'graphql-ws';
import { currentToken, endSession } from '../access/session';

/** Whether the gateway can be reached: by requests, and by the websocket of what is followed live. */
export type Line = 'up' | 'down';

let line: Line = 'up';
const listeners = new Set<() => void>();

export const lineState = (): Line => line;

export const onLine = (listener: () => void) => {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
};

function report(next: Line): void {
  if (line === next) return;
  line = next;
  for (const listener of listeners) listener();
}

const unauthenticated = 401;
const tokenEnded = 4403;
const longestPause = 15_000;

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const token = currentToken();
    const answer = await fetch(input, { ...init, headers: { ...init?.headers, ...(token && { Authorization: `Bearer ${token}` }) } });
    report('up');
    if (answer.status === unauthenticated) endSession();
    return answer;
  } catch (failure) {
    if (!init?.signal?.aborted) report('down');
    throw failure;
  }
}

function openSockets(): Sockets {
  return createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: () => ({ Authorization: `Bearer ${currentToken() ?? ''}` }),
    lazy: true,
    keepAlive: 20_000,
    retryAttempts: Infinity,
    shouldRetry: () => currentToken() !== null,
    retryWait: async attempt => {
      await new Promise(done => setTimeout(done, Math.min(500 * 2 ** attempt, longestPause) * (0.75 + Math.random() / 2)));
    },
    on: {
      connected: () => report('up'),
      closed: event => {
        const { code, wasClean } = event as CloseEvent;
        if (code === tokenEnded) endSession();
        else if (!wasClean) report('down');
      },
    },
  });
}

/** One client for one signed-in person; made anew when somebody signs in, so that nobody reads what another one asked for. */
export function openClient(): Client {
  const sockets = openSockets();
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetch: send,
    requestPolicy: 'cache-and-network',
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: request => ({
          subscribe: sink => ({ unsubscribe: sockets.subscribe({ query: request.query ?? '', variables: request.variables }, sink) }),
        }),
      }),
    ],
  });
}
