import product, { CreditLedger, LeaseBook } from '../../src/index.ts';
import { createRotorClient } from '../../src/routing/rotation/rotor.client.ts';
import { isListCount, meterDatabase, type RowCounts, sumRows } from '../../test/support/metered-database.ts';
import { meterStorage, takeStorageRows } from './metered-storage.ts';

// All its objects; the two that are exported below take the place of their own.
export * from '../../src/index.ts';

// The product as it is, with a meter at each of its storages. What it counts is asked for at paths of its own.

class MeteredBook extends LeaseBook {
  constructor(...[ctx, env]: ConstructorParameters<typeof LeaseBook>) {
    meterStorage(ctx.storage, 'book');
    super(ctx, env);
  }
}

class MeteredLedger extends CreditLedger {
  constructor(...[ctx, env]: ConstructorParameters<typeof CreditLedger>) {
    meterStorage(ctx.storage, 'ledger');
    super(ctx, env);
  }
}

export { MeteredBook as LeaseBook, MeteredLedger as CreditLedger };

/** All that was read and written since it was last asked. */
export interface MeterReading {
  book: RowCounts;
  ledger: RowCounts;
  /** Without `listCounts`. */
  database: RowCounts;
  /** What the `total_count` of lists took. */
  listCounts: RowCounts;
}

function createMeteredEnv(env: Env) {
  const database = meterDatabase(env.DB);
  return { env: { ...env, DB: database.binding }, database };
}

let metered: ReturnType<typeof createMeteredEnv> | undefined;

function meteredOf(env: Env) {
  metered ??= createMeteredEnv(env);
  return metered;
}

function takeReading(env: Env): MeterReading {
  const statements = meteredOf(env).database.take();
  return {
    ...takeStorageRows(),
    database: sumRows(statements.filter((statement) => !isListCount(statement))),
    listCounts: sumRows(statements.filter(isListCount)),
  };
}

/** The runtime's own, there when it was started with --expose-gc. */
function collectGarbage(): void {
  const collect: unknown = Reflect.get(globalThis, 'gc');
  if (typeof collect !== 'function') throw new Error('the runtime was not started with --expose-gc');
  collect();
}

/** IPs of the rotor that is timed: never fewer than are asked for at once. */
const ROTOR_IPS = 64;
const ROTOR_LANES = 32;

/** Checkouts, each with its report, some at once. */
async function turnRotor(env: Env, pairs: number): Promise<void> {
  const rotor = createRotorClient(env.ROTOR, 'bench');
  const ips = Array.from({ length: ROTOR_IPS }, (_, index) => ({
    address: `http://203.0.113.${index}:80`,
    provider: 'p',
  }));
  const times = {
    minRequestIntervalMs: 0,
    maxQueueWaitMs: 1_000,
    ipFailuresUntilQuarantine: 5,
    quarantineTimeMs: 1_000,
  };
  await rotor.configure({ name: 'bench', revision: 1, numRetries: 0, ...times, ips });
  const lanes = Array.from({ length: ROTOR_LANES }, async () => {
    for (let pair = 0; pair < pairs / ROTOR_LANES; pair += 1) {
      const checkoutId = crypto.randomUUID();
      const got = await rotor.checkout({ checkoutId, revision: 1, excluded: [], forced: null });
      if (!got.ok) throw new Error(got.code);
      await rotor.report([{ checkoutId, outcome: 'success', sentAgoMs: 0, latencyMs: 1 }]);
    }
  });
  await Promise.all(lanes);
}

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === '/meter/take') return Response.json(takeReading(env));
    if (pathname === '/meter/rotor') {
      await turnRotor(env, Number(new URL(request.url).searchParams.get('pairs')));
      return Response.json({});
    }
    if (pathname === '/meter/collect-garbage') {
      collectGarbage();
      return new Response(null, { status: 204 });
    }
    return product.fetch(request, meteredOf(env).env, context);
  },
  scheduled: (controller, env, context) => product.scheduled(controller, meteredOf(env).env, context),
  queue: (batch, env, context) => product.queue(batch, meteredOf(env).env, context),
} satisfies ExportedHandler<Env>;
