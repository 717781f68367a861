import type { Client, TypedDocumentNode } from '@urql/core';
import { graphql } from '../api/generated';
import type { Refusal } from '../design/Decision';

export const RetryOne = graphql(`
  mutation RetryOne($input: RetryExceptionInput!) { retryException(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

export const SkipOne = graphql(`
  mutation SkipOne($input: SkipExceptionInput!) { skipException(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

export const AssignOne = graphql(`
  mutation AssignOne($input: AssignExceptionInput!) { assignException(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

export const NoteOne = graphql(`
  mutation NoteOne($input: NoteExceptionInput!) { noteException(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

export const SnoozeOne = graphql(`
  mutation SnoozeOne($input: SnoozeExceptionInput!) { snoozeException(input: $input) { errors { ... on UserError { code message remedy } } } }
`);

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
