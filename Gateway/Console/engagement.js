const pollMilliseconds = 1000;
const pageSize = 100;
const byId = id => document.getElementById(id);
let token = '';
let cursor = null;
let shown = '';
let timer = 0;

const signIn = async who => {
  const answer = await fetch('/dev/token', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: who }),
  });
  return answer.ok ? (await answer.json()).token : who;
};

const ask = async (query, variables) => {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors?.length) throw new Error(errors.map(error => error.message).join(' '));
  return data;
};

const cell = (text, name) => {
  const td = document.createElement('td');
  td.textContent = text ?? '';
  if (name) td.className = name;
  return td;
};

const row = entry => {
  const tr = document.createElement('tr');
  const what = cell();
  const title = document.createElement('strong');
  title.textContent = entry.title;
  const detail = document.createElement('span');
  detail.className = 'quiet';
  detail.textContent = entry.detail ?? '';
  what.append(title, detail);
  tr.append(
    cell(new Date(entry.at).toLocaleTimeString(), 'quiet'), cell(entry.stage.toLowerCase(), 'quiet'), what,
    cell(entry.system, 'quiet'), cell(entry.amount && `${entry.amount.amount} ${entry.amount.currency}`, 'amount'));
  return tr;
};

const loadContracts = async () => {
  const { contracts } = await ask('{ contracts(first: 50) { nodes { id name customerName status } } }');
  const chosen = byId('contract').value || new URLSearchParams(location.search).get('contract');
  byId('contract').replaceChildren(...contracts.nodes.map(({ id, name, customerName, status }) =>
    new Option(`${customerName}: ${name} (${status.toLowerCase()})`, id, false, id === chosen)));
};

const story = `query ($contract: ID!, $after: String, $first: Int) {
  engagement(contractId: $contract) { timeline(first: $first, after: $after) {
    nodes { at stage title detail system amount { amount currency } } pageInfo { endCursor hasNextPage } } } }`;

const follow = async () => {
  try {
    const { engagement } = await ask(story, { contract: shown, after: cursor, first: pageSize });
    const { nodes, pageInfo } = engagement.timeline;
    byId('story').append(...nodes.map(row));
    cursor = pageInfo.endCursor ?? cursor;
    byId('state').textContent = 'Live.';
    timer = setTimeout(follow, pageInfo.hasNextPage ? 0 : pollMilliseconds);
  } catch (error) {
    byId('state').textContent = error.message;
    timer = setTimeout(follow, 5 * pollMilliseconds);
  }
};

const show = async event => {
  event?.preventDefault();
  clearTimeout(timer);
  try {
    token = await signIn(byId('who').value);
    await loadContracts();
    shown = byId('contract').value;
    byId('state').textContent = shown ? 'Reading …' : 'There is no contract yet.';
    byId('story').replaceChildren();
    cursor = null;
    if (shown) await follow();
  } catch (error) {
    byId('state').textContent = error.message;
  }
};

byId('ask').addEventListener('submit', show);
byId('contract').addEventListener('change', show);
show();
