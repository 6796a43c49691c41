import type { Page } from 'playwright-core';
import type { Yard } from './dashboard-yard.ts';
import type { Account } from './lab-pool.ts';

/** A drawer or dialog of the dashboard, and the way to it. */
export interface Dialog {
  name: string;
  hash: string;
  open(page: Page): Promise<void>;
}

const button = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).last().click();
const link = (name: string) => (page: Page) => page.getByRole('link', { name, exact: true }).first().click();
const inside = (name: string) => (page: Page) =>
  page.getByRole('dialog').last().getByRole('button', { name, exact: true }).last().click();
const inTurn =
  (...steps: ((page: Page) => Promise<void>)[]) =>
  async (page: Page) => {
    for (const step of steps) await step(page);
  };

const proxies: readonly Dialog[] = [
  { name: 'proxy', hash: '#/proxies?pool=stored', open: (page) => page.locator('.row-link').first().click() },
  { name: 'lease', hash: '#/proxies', open: button('Lease one') },
  { name: 'test', hash: '#/proxies', open: button('Test a URL') },
];

const sources: readonly Dialog[] = [
  { name: 'new source', hash: '#/sources', open: button('Add a source') },
  { name: 'delete source', hash: '#/sources', open: button('Delete') },
];

const routing: readonly Dialog[] = [
  { name: 'new provider', hash: '#/routing', open: button('New provider') },
  { name: 'new pool', hash: '#/routing', open: button('New pool') },
  { name: 'new target', hash: '#/routing', open: button('New target') },
  { name: 'provider', hash: '#/routing', open: link('some') },
  { name: 'change provider', hash: '#/routing', open: inTurn(link('some'), inside('Change')) },
  { name: 'new address', hash: '#/routing', open: inTurn(link('some'), inside('Add an address')) },
  { name: 'pool', hash: '#/routing', open: link('all') },
  { name: 'change pool', hash: '#/routing', open: inTurn(link('all'), inside('Change')) },
  { name: 'target', hash: '#/routing', open: link('shop') },
  { name: 'change target', hash: '#/routing', open: inTurn(link('shop'), inside('Change')) },
  { name: 'remove target', hash: '#/routing', open: inTurn(link('shop'), inside('Remove')) },
];

const gateway = (clientId: string): readonly Dialog[] => {
  const hash = `#/gateway/${clientId}`;
  return [
    { name: 'new client', hash, open: button('New client') },
    { name: 'rename client', hash, open: button('Rename') },
    { name: 'new credential', hash, open: button('New credential') },
    { name: 'change credential', hash, open: button('Change front proxy') },
    { name: 'new target', hash, open: button('New target') },
    { name: 'new proxy', hash, open: button('New proxy') },
    { name: 'change target', hash, open: button('Change front') },
    { name: 'proxy', hash, open: link('front') },
    { name: 'new rule', hash, open: inTurn(link('front'), inside('New rule')) },
    { name: 'change rule', hash, open: inTurn(link('front'), inside('Change: DELETE')) },
    { name: 'delete rule', hash, open: inTurn(link('front'), inside('Delete')) },
    { name: 'change proxy', hash, open: inTurn(link('front'), inside('Change')) },
  ];
};

const others: readonly Dialog[] = [
  { name: 'session', hash: '#/sessions', open: link('visit') },
  { name: 'request', hash: '#/requests', open: (page) => page.locator('.request-url a').first().click() },
  { name: 'process', hash: '#/processes', open: link('validator') },
  { name: 'shutdown', hash: '#/processes', open: button('Shut down …') },
];

/** Gives an operator something for each view to show. */
export async function furnish(yard: Yard, account: Account): Promise<{ clientId: string }> {
  const { call, clientId } = await yard.asProgram(account);
  const front = await yard.newGatewayProxy(account, 'front');
  const { proxies: made } = await call<{ proxies: { sKey: string }[] }>('GET', `/api/clients/${clientId}/proxies`);
  const rule = { effect: 'deny', methods: ['DELETE'] };
  await call('POST', `/api/clients/${clientId}/proxies/${made[0]?.sKey}/rules`, rule);
  for (const path of ['/health', '/nowhere']) await front.call(path);
  await call('POST', '/api/sessions/register', { session_id: 'visit', profile_id: 'p', proxy: '1.2.3.4:80' });
  await call('POST', '/api/events', { session_id: 'visit', event_type: 'custom', details: { note: 'seen' } });
  await call('POST', '/proxies/acquire', { lease_duration_seconds: 600 });
  const parts = [
    'addProvider(input: { name: "some", ipList: ["127.0.0.1:9"] }) { name }',
    'addPool(input: { name: "all", ipRequests: [{ provider: "some", count: 5 }] }) { name }',
    'addTarget(input: { name: "shop", regex: "^https://shop\\\\.example/", poolName: "all" }) { name }',
  ];
  for (const part of parts) await call('POST', '/graphql', { query: `mutation { ${part} }` });
  return { clientId };
}

/** All drawers and dialogs of a view, by its name, for an operator for whom `furnish` was called. */
export function dialogsOf(view: string, clientId: string): readonly Dialog[] {
  const known: Record<string, readonly Dialog[]> = { proxies, sources, routing, gateway: gateway(clientId) };
  return known[view] ?? others;
}
