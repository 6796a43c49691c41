const { createElement } = window.React;
const form = document.getElementById('key-form');
const input = document.getElementById('key');
const state = document.getElementById('key-state');
const root = window.ReactDOM.createRoot(document.getElementById('playground'));

// Neither the key nor a query is stored anywhere: all of it is gone with the tab.
const memory = new Map();
const storage = {
  getItem: (name) => memory.get(name) ?? null,
  setItem: (name, value) => memory.set(name, value),
  removeItem: (name) => memory.delete(name),
  clear: () => memory.clear(),
  get length() {
    return memory.size;
  },
};

const firstQuery = `# Ctrl-Enter runs what the cursor is in; Ctrl-Space proposes.
{
  status { userRole }
  providers { name ipList regionTag hasAuth }
  pools { name ipRequests { provider count } }
  targets { name regex poolName resolvedIps { address provider } }
}
`;

window.giveNames(document.getElementById('playground'), {
  '.graphiql-query-editor textarea': 'Query',
  '.graphiql-editor-tool textarea': 'Variables',
  '.result-window textarea': 'Answer',
});

let key = '';

async function ask(operation) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(operation) });
  return response.json();
}

// Drawn anew for another key: the schema is asked for with it.
let drawn = 0;
function draw() {
  drawn += 1;
  root.render(
    createElement(window.GraphiQL, {
      key: drawn,
      fetcher: ask,
      storage,
      defaultQuery: firstQuery,
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      // As the rest of the page.
      forcedTheme: 'system',
    }),
  );
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  key = input.value.trim();
  const answer = await ask({ query: '{ status { userRole } }' }).catch(() => null);
  const role = answer?.data?.status?.userRole;
  state.textContent = role ? `Asking as ${role}.` : (answer?.errors?.[0]?.message ?? 'There is no answer.');
  if (role) draw();
});
