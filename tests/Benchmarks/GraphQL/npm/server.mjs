// The bench's schema on one of the servers: `node server.mjs mercurius|yoga port postgres`.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import DataLoader from 'dataloader';
import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import mercurius from 'mercurius';
import pg from 'pg';

const [kind, port, postgres] = process.argv.slice(2);
const schema = readFileSync(new URL('../bench.graphql', import.meta.url), 'utf8');
const timelineSql = readFileSync(new URL('../timeline.sql', import.meta.url), 'utf8');
const pool = new pg.Pool({ connectionString: postgres, max: 64 });

const customers = new Map(Array.from({ length: 10 }, (_, i) => [`cus-${i}`, { id: `cus-${i}`, name: `Customer ${i}` }]));
const invoices = Array.from({ length: 50 }, (_, i) => ({
  id: `inv-${i}`, number: `2026-${i}`, status: 'ISSUED', issued: '2026-03-31', total: 1250.5 + i, currency: 'EUR',
  customerId: `cus-${i % 10}`,
}));

async function timeline({ contractId }, { first }) {
  const { rows } = await pool.query({ name: 'timeline', text: timelineSql, values: [contractId, first + 1] });
  const more = rows.length > first;
  if (more) rows.pop();
  const nodes = rows.map((row) => ({
    cursor: row.position, at: row.at, stage: row.stage, title: row.title, detail: row.detail, system: row.system, actor: row.actor,
    amount: row.amount_minor === null ? null : { amount: Number(row.amount_minor) / 100, currency: row.currency },
  }));
  return { nodes, pageInfo: { hasNextPage: more, endCursor: nodes.at(-1)?.cursor } };
}

const resolvers = {
  DateTime: new GraphQLScalarType({ name: 'DateTime', serialize: (value) => value.toISOString() }),
  Decimal: new GraphQLScalarType({ name: 'Decimal', serialize: (value) => value }),
  Query: { hello: () => 'world', invoices: () => invoices, engagement: (_, { contractId }) => ({ contractId }) },
  Engagement: { timeline },
};

if (kind === 'mercurius') {
  const app = Fastify();
  app.register(mercurius, {
    schema, resolvers, jit: 1,
    loaders: {
      Invoice: { customer: { loader: async (queries) => queries.map(({ obj }) => customers.get(obj.customerId)), opts: { cache: false } } },
    },
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
} else {
  resolvers.Invoice = { customer: (invoice, _, { customerById }) => customerById.load(invoice.customerId) };
  const yoga = createYoga({
    schema: createSchema({ typeDefs: schema, resolvers }), logging: false,
    context: () => ({ customerById: new DataLoader(async (ids) => ids.map((id) => customers.get(id))) }),
  });
  createServer(yoga).listen(Number(port), '127.0.0.1');
}
