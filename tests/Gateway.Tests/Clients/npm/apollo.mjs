// Apollo Client as a portal uses it: HTTP for queries and mutations, websocket for subscriptions, one cache for all.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { authorization, AuthorizedSocket, contract, print, socketUrl, url } from './connect.mjs';

let requests = 0;
const http = new HttpLink({
  uri: url, headers: { authorization }, fetch: (...call) => { requests += 1; return fetch(...call); },
});
const sockets = createClient({ url: socketUrl, webSocketImpl: AuthorizedSocket, retryAttempts: 0 });
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, new GraphQLWsLink(sockets), http),
  cache: new InMemoryCache(),
});

const CONTRACT = gql`query ($id: ID!) { contract(id: $id) { id name status } }`;
const read = () => client.query({ query: CONTRACT, variables: { id: contract } });
const first = (await read()).data.contract;
await read();
const requestsForTwoReads = requests;

const seen = [];
const watching = client.watchQuery({ query: CONTRACT, variables: { id: contract } })
  .subscribe(({ data }) => data?.contract && seen.push(data.contract.status));
const { data: { compensateActivation: outcome } } = await client.mutate({
  mutation: gql`mutation ($input: CompensateActivationInput!) {
    compensateActivation(input: $input) { contract { id status } errors { ... on UserError { code } } } }`,
  variables: { input: { idempotencyKey: 'apollo-1', contractId: contract, reason: 'Told by Apollo Client' } },
});
const cached = client.readQuery({ query: CONTRACT, variables: { id: contract } }).contract;
watching.unsubscribe();

const titles = await new Promise((resolve, reject) => {
  const entries = [];
  const subscription = client.subscribe({
    query: gql`subscription ($id: ID!) { engagementTimeline(contractId: $id) { title } }`, variables: { id: contract },
  }).subscribe({
    next: ({ data, error }) => {
      if (error) reject(error);
      entries.push(data.engagementTimeline.title);
      if (entries.length === 2) { subscription.unsubscribe(); resolve(entries); }
    },
    error: reject,
  });
});

print({
  typename: first.__typename, requestsForTwoReads, errors: outcome.errors, before: first.status, after: outcome.contract.status,
  cached: cached.status, watched: seen.at(-1), titles,
});
client.stop();
await sockets.dispose();
