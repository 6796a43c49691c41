import { Hono } from 'hono';
import { connectLoop, fetchThrough } from './connect-loop.ts';
import type { FloorAudience, FloorJournal, FloorStock } from './floor-objects.ts';

export { FloorAudience, FloorJournal, FloorStock } from './floor-objects.ts';

// What the product can't be faster than on this machine: the same runtime, the same protocols, and nothing else.

interface FloorEnv {
  STOCK: DurableObjectNamespace<FloorStock>;
  JOURNAL: DurableObjectNamespace<FloorJournal>;
  AUDIENCE: DurableObjectNamespace<FloorAudience>;
}

/** Calls of an object under way at once. */
const RPC_LANES = 32;

const app = new Hono<{ Bindings: FloorEnv }>();

/** A lease without its checks: two objects called in turn, a row written by each. */
app.post('/take', async (context) => {
  const { id, takenAtMs } = await context.env.STOCK.getByName('stock').take();
  const { balance } = await context.env.JOURNAL.getByName('journal').book(id);
  return context.json({ id, taken_at: takenAtMs, balance });
});

/** What a proxy is asked for. */
app.get('/judge', (context) => context.json({ nonce: context.req.query('nonce') }));

/** What a forward is for: one KiB. */
app.get('/kib', (context) => context.json('x'.repeat(1_022)));

/** A forward without queue, turns, retries or a log. */
app.get('/fetch-through', async (context) => {
  const { port = '', url = '' } = context.req.query();
  return context.body(await fetchThrough(Number(port), url));
});

/** A gateway without credentials, rules, limits, telemetry or a log. */
app.all('/pass', ({ req }) => fetch(req.query('url') ?? '', { method: req.method, body: req.raw.body }));

/** Two calls of an object, one after the other, a row written by each: what a checkout and its report must take. */
app.get('/take-pairs', async (context) => {
  const lanes = Array.from({ length: RPC_LANES }, async () => {
    for (let pair = 0; pair < Number(context.req.query('pairs')) / RPC_LANES; pair += 1) {
      await context.env.STOCK.getByName('stock').take();
      await context.env.STOCK.getByName('stock').take();
    }
  });
  await Promise.all(lanes);
  return context.json({});
});

/** Those who listen, and what they are told: a row is written, and everyone hears. */
app.get('/listen', (context) => context.env.AUDIENCE.getByName('audience').fetch(context.req.raw));
app.post('/tell', async (context) =>
  context.json(await context.env.AUDIENCE.getByName('audience').tell(await context.req.text())),
);

/** A batch of checks without their judgement. */
app.post('/connect', async (context) => context.json(await connectLoop(await context.req.json())));

export default app;
