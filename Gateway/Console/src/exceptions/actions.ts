import { graphql } from '../api/generated';

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
