import { Hono } from 'hono';
import { connectLoop } from './connect-loop.ts';
import type { FloorJournal, FloorStock } from './floor-objects.ts';

export { FloorJournal, FloorStock } from './floor-objects.ts';

// What the product can't be faster than on this machine: the same runtime, the same protocols, and nothing else.

interface FloorEnv {
  STOCK: DurableObjectNamespace<FloorStock>;
  JOURNAL: DurableObjectNamespace<FloorJournal>;
}

const app = new Hono<{ Bindings: FloorEnv }>();

/** A lease without its checks: two objects called in turn, a row written by each. */
app.post('/take', async (context) => {
  const { id, takenAtMs } = await context.env.STOCK.getByName('stock').take();
  const { balance } = await context.env.JOURNAL.getByName('journal').book(id);
  return context.json({ id, taken_at: takenAtMs, balance });
});

/** What a proxy is asked for. */
app.get('/judge', (context) => context.json({ nonce: context.req.query('nonce') }));

/** A batch of checks without their judgement. */
app.post('/connect', async (context) => context.json(await connectLoop(await context.req.json())));

export default app;
