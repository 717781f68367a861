import { graphql } from '../api/generated';

export const RetryOne = graphql(`
  mutation RetryOne($input: RetryExceptionInput!) {
    retryException(input: $input) { freshness errors { ... on UserError { code message remedy } } }
  }
`);

export const SkipOne = graphql(`
  mutation SkipOne($input: SkipExceptionInput!) {
    skipException(input: $input) { freshness errors { ... on UserError { code message remedy } } }
  }
`);

export type Problem = { code: string; message: string; remedy: string };
