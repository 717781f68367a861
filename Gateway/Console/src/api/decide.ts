import { useCallback, useState } from 'react';
import type { Client, TypedDocumentNode } from '@urql/core';
import { useClient } from 'urql';

export type Refusal = { code: string; message: string; remedy: string };

/** A key under which a repeated request is the same request: one per decision of a person. */
export const newKey = () => `console-${crypto.randomUUID()}`;

/** Sends one mutation; says what was refused, or that no answer came. */
export async function decide<TData extends object, TInput extends object>(
  client: Client, document: TypedDocumentNode<TData, { input: TInput }>, input: TInput,
): Promise<readonly Refusal[] | 'lost'> {
  const answer = await client.mutation(document, { input }).toPromise();
  if (!answer.data) {
    const said = answer.error?.graphQLErrors[0]?.message;
    return said ? [{ code: '', message: said, remedy: '' }] : 'lost';
  }
  return (Object.values(answer.data)[0] as { errors: Refusal[] }).errors;
}

/** What somebody is deciding on this page, if anything: one decision at a time, each under a key of its own. */
export function useDecision<TWay>(changed: () => void) {
  const client = useClient();
  const [open, setOpen] = useState<{ way: TWay; key: string }>();
  return {
    way: open?.way,
    start: useCallback((way: TWay) => setOpen({ way, key: newKey() }), []),
    close: (done: boolean) => { setOpen(undefined); if (done) changed(); },
    send: <TData extends object, TInput extends { idempotencyKey: string }>(
      document: TypedDocumentNode<TData, { input: TInput }>, input: Omit<TInput, 'idempotencyKey'>,
    ) => decide(client, document, { idempotencyKey: open!.key, ...input } as TInput),
  };
}
