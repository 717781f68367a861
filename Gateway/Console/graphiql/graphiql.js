/* global React, ReactDOM, GraphiQL */
const minute = 60_000;
const who = document.getElementById('who');
let known = { who: '', token: '', until: 0 };

// A persona gets a token of the development issuer; anything else is taken for a key itself.
const token = async () => {
  if (known.who === who.value && Date.now() < known.until) return known.token;
  const answer = await fetch('/dev/token', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: who.value }),
  });
  const issued = answer.ok ? await answer.json() : null;
  known = {
    who: who.value, token: issued?.token ?? who.value, until: issued ? Date.parse(issued.expires) - minute : Infinity,
  };
  return known.token;
};

const send = async (request, accept, signal) => fetch('/graphql', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', Accept: accept, Authorization: `Bearer ${await token()}` },
  body: JSON.stringify(request),
  signal,
});

async function* events(request) {
  const stop = new AbortController();
  try {
    const answer = await send(request, 'text/event-stream', stop.signal);
    if (!answer.ok) {
      yield await answer.json();
      return;
    }

    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop();
      for (const part of parts) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/s.exec(part) ?? [];
        if (name === 'complete') return;
        if (name === 'next') yield JSON.parse(data);
      }
    }
  } finally {
    stop.abort();
  }
}

// By its text: what GraphiQL knows of the document may be a moment old.
const isSubscription = ({ query, operationName }) => operationName
  ? new RegExp(`\\bsubscription\\s+${operationName}\\b`).test(query)
  : /^\s*(#.*\s+)*subscription\b/.test(query);

const fetcher = async request => isSubscription(request)
  ? events(request)
  : (await send(request, 'application/json')).json();

const defaultQuery = `# The schema is in the documentation explorer on the left. For example:

{
  viewer { name roles }
  contracts(first: 10) { nodes { id name status contracted { amount currency } } }
}
`;

ReactDOM.createRoot(document.getElementById('graphiql'))
  .render(React.createElement(GraphiQL, { fetcher, defaultQuery, shouldPersistHeaders: false }));
