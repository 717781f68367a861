// A query, a failure, and a subscription that is resumed where it stopped, over graphql-transport-ws.
import { createClient } from 'graphql-ws';
import { AuthorizedSocket, contract, print, socketUrl } from './connect.mjs';

const client = createClient({ url: socketUrl, webSocketImpl: AuthorizedSocket, lazy: false, retryAttempts: 0 });

const once = (payload) => new Promise((resolve, reject) => {
  let answer;
  client.subscribe(payload, { next: (value) => { answer = value; }, error: reject, complete: () => resolve(answer) });
});

async function follow(after, count) {
  const entries = [];
  const query = 'subscription ($id: ID!, $after: String) { engagementTimeline(contractId: $id, after: $after) { cursor title } }';
  for await (const { data, errors } of client.iterate({ query, variables: { id: contract, after } })) {
    if (errors) throw new Error(JSON.stringify(errors));
    entries.push(data.engagementTimeline);
    if (entries.length === count) break;
  }
  return entries;
}

const viewer = await once({ query: '{ viewer { name } }' });
const refused = await once({ query: '{ nothing }' }).catch((errors) => errors.map((error) => error.message));
const all = await follow(null, 3);
const resumed = await follow(all[0].cursor, 2);
print({ viewer, refused, all: all.map((entry) => entry.title), resumed: resumed.map((entry) => entry.title) });
await client.dispose();
