// Runs graphql-http's server audits against `url [token]`; one JSON line per audit.
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const ours = { 'graphql-preflight': '1', ...(token && { authorization: `Bearer ${token}` }) };
const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, ...ours } });

for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  console.log(JSON.stringify({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null }));
}
