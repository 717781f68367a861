// The same subscription over server-sent events, each operation a connection of its own.
import { createClient } from 'graphql-sse';
import { authorization, contract, print, url } from './connect.mjs';

const client = createClient({ url, headers: { authorization }, singleConnection: false, retryAttempts: 0 });
const query = 'subscription ($id: ID!) { engagementTimeline(contractId: $id) { title } }';
const titles = [];
for await (const { data } of client.iterate({ query, variables: { id: contract } })) {
  titles.push(data.engagementTimeline.title);
  if (titles.length === 2) break;
}
const answers = [];
for await (const answer of client.iterate({ query: '{ viewer { name } }' })) answers.push(answer);
print({ titles, answers });
client.dispose();
