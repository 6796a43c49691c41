import fc from 'fast-check';
import type { AcquireRequest, BookProxyRow, RenewRequest } from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import { type Fate, fates } from './network.ts';
import type { OracleLease } from './oracle.ts';
import type { World } from './world.ts';

const ACCOUNTS = ['account-a', 'account-b', 'account-c', 'account-d'] as const;
const MINUTE_MS = 60_000;

/** One thing that happens to a pool, and how it is written in a failing run. */
type LeaseCommand = fc.AsyncCommand<{ count: number }, World, true>;

function command(label: string, run: (world: World) => Promise<unknown> | unknown): LeaseCommand {
  return {
    check: async () => true,
    async run(model, world) {
      model.count += 1;
      await run(world);
      await world.check();
    },
    toString: () => label,
  };
}

/** At its own pace: a client's request may stay open over many commands. */
function startOnly(world: World, request: AcquireRequest, tape: readonly Fate[]): void {
  world.acquire(request, tape).catch((error: unknown) => world.oracle.must(false, `an acquire threw ${error}`));
}

const account = fc.constantFrom(...ACCOUNTS);
const proxyNumber = fc.nat({ max: 5 });
const tape = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate[]>([]) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 3 }) },
);
const durationMs = fc.constantFrom(MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 60 * MINUTE_MS);
const filters = fc.record({
  protocol: fc.constantFrom(null, null, null, null, 'http' as const, 'socks5' as const),
  country: fc.constantFrom(null, null, null, null, 'US', 'DE'),
  anonymity: fc.constantFrom(null, null, null, 'elite' as const),
  minScore: fc.constantFrom(null, null, 0.07, 0.5),
  exclude: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(proxyNumber.map((number) => `proxy-${number}`)),
  ),
  // `random` can't be foretold: it has a test of its own.
  prefer: fc.constantFrom('best' as const, 'best' as const, 'fastest' as const, 'least_used' as const),
});

const news = fc
  .record({
    number: proxyNumber,
    protocol: fc.constantFrom('http' as const, 'socks5' as const),
    country: fc.constantFrom('US', 'DE', null),
    anonymity: fc.constantFrom('elite' as const, 'anonymous' as const, null),
    score: fc.constantFrom(0.07, 0.5, 0.9),
    latencyMs: fc.constantFrom(null, 50, 300),
    leasable: fc.constantFrom(true, true, true, false),
    told: fc.constantFrom(true, true, false),
  })
  .map(({ number, told, ...change }) =>
    command(`news(${JSON.stringify({ number, told, ...change })})`, (world) => {
      const row: Omit<BookProxyRow, 'revision'> = {
        ...change,
        id: `proxy-${number}`,
        ip: `203.0.113.${number}`,
        port: 8080,
        username: null,
        passwordSealed: null,
      };
      world.news(row, told);
    }),
  );

const acquire = fc
  .record({
    accountId: account,
    filters,
    leaseDurationMs: durationMs,
    keyNumber: fc.constantFrom(null, 1, 2, 3),
    body: fc.constantFrom('same', 'same', 'same', 'same', 'other'),
    waitMs: fc.constantFrom(0, MINUTE_MS),
    maxLiveLeases: fc.constantFrom(100, 100, 100, 2),
    tape,
  })
  .map(({ keyNumber, body, tape: fatesOfCalls, ...wish }) => {
    // The same key with another body is a caller's mistake; the body includes how long to lease.
    const bodyHash = `${body}:${wish.leaseDurationMs}`;
    const idempotency = keyNumber === null ? null : { key: `key-${keyNumber}`, bodyHash };
    const request: AcquireRequest = { ...wish, idempotency, apiKeyId: `${wish.accountId}:key`, waiterId: null };
    return command(`acquire(${JSON.stringify({ ...request, tape: fatesOfCalls })})`, (world) =>
      startOnly(world, request, fatesOfCalls),
    );
  });

/** One of the leases that there ever were, the newest most often: old ones have ended long ago. */
function pickLease(world: World, pick: number): OracleLease | undefined {
  const known = world.knownLeases();
  return known[known.length - 1 - (pick % Math.min(4, known.length || 1))];
}

/** Waits for what ends by itself; what a slow network holds up ends when that is flushed. */
async function startHeld(world: World, tapeOfCalls: readonly Fate[], start: () => Promise<unknown>): Promise<void> {
  const mayHang = tapeOfCalls.includes('slow') || world.network.isBusy();
  const done = start().catch((error: unknown) => world.oracle.must(false, `a request threw ${error}`));
  if (!mayHang) await done;
}

const release = fc
  .record({ pick: fc.nat(), stranger: fc.constantFrom(false, false, false, true), tape })
  .map(({ pick, stranger, tape: fatesOfCalls }) =>
    command(`release(${JSON.stringify({ pick, stranger, tape: fatesOfCalls })})`, async (world) => {
      const lease = pickLease(world, pick);
      if (lease === undefined) return;
      const accountId = stranger ? 'account-z' : lease.accountId;
      await startHeld(world, fatesOfCalls, () => world.release(accountId, lease.id, fatesOfCalls));
    }),
  );

/** A proxy that failed our own checks after its holder reported it. */
const report = fc
  .record({
    pick: fc.nat(),
    stranger: fc.constantFrom(false, false, false, true),
    // The checks take their time: what they confirm may come after the lease has run out.
    confirmed: fc.constantFrom(true, true, false),
    tape,
  })
  .map(({ pick, stranger, confirmed, tape: fatesOfCalls }) =>
    command(`report(${JSON.stringify({ pick, stranger, confirmed, tape: fatesOfCalls })})`, async (world) => {
      const lease = pickLease(world, pick);
      if (lease === undefined) return;
      const accountId = stranger ? 'account-z' : lease.accountId;
      if (!confirmed) return world.oracle.confirmedDead(accountId, lease.id);
      await startHeld(world, fatesOfCalls, () => world.report(accountId, lease.id, fatesOfCalls));
    }),
  );

const renew = fc
  .record({
    pick: fc.nat(),
    stranger: fc.constantFrom(false, false, false, true),
    leaseDurationMs: durationMs,
    // The same keys as those of acquires: what was one request must never answer another.
    keyNumber: fc.constantFrom(null, null, 1, 2, 4, 5),
    tape,
  })
  .map(({ pick, stranger, leaseDurationMs, keyNumber, tape: fatesOfCalls }) =>
    command(
      `renew(${JSON.stringify({ pick, stranger, leaseDurationMs, keyNumber, tape: fatesOfCalls })})`,
      async (world) => {
        const lease = pickLease(world, pick);
        if (lease === undefined) return;
        const accountId = stranger ? 'account-z' : lease.accountId;
        const bodyHash = `renew:${lease.id}:${leaseDurationMs}`;
        const idempotency = keyNumber === null ? null : { key: `key-${keyNumber}`, bodyHash };
        const request: RenewRequest = {
          accountId,
          apiKeyId: `${accountId}:key`,
          leaseId: lease.id,
          leaseDurationMs,
          idempotency,
        };
        await startHeld(world, fatesOfCalls, () => world.renew(request, fatesOfCalls));
      },
    ),
  );

const advance = fc
  .oneof(
    fc.record({ kind: fc.constant('by' as const), amount: fc.constantFrom(1, 1_000, MINUTE_MS, 6 * MINUTE_MS) }),
    fc.record({ kind: fc.constant('by' as const), amount: fc.constantFrom(61 * MINUTE_MS, 25 * 60 * MINUTE_MS) }),
    fc.record({ kind: fc.constant('end' as const), amount: fc.constantFrom(-1, 0, 1) }),
  )
  .map(({ kind, amount }) =>
    command(`advance(${kind} ${amount})`, (world) => {
      if (kind === 'by') return world.advance(amount);
      const ends = world.knownLeases().flatMap((lease) => (lease.gone === null ? [lease.expiresAtMs] : []));
      if (ends.length > 0) world.advance(Math.max(0, Math.min(...ends) + amount - world.nowMs()));
    }),
  );

/** What routing is to have: mostly a newer list, now and then one that was overtaken. */
const hold = fc
  .record({ numbers: fc.uniqueArray(proxyNumber, { maxLength: 4 }), revisionsBack: fc.constantFrom(0, 0, 0, 1, 3) })
  .map(({ numbers, revisionsBack }) =>
    command(`hold(${numbers} ${revisionsBack})`, (world) =>
      world.hold(
        numbers.map((number) => `proxy-${number}`),
        revisionsBack,
      ),
    ),
  );

const others = [
  fc
    .record({ accountId: account, amount: fc.integer({ min: 1, max: 4 }) })
    .map(({ accountId, amount }) =>
      command(`grant(${accountId} ${amount})`, (world) => world.grant(accountId, amount)),
    ),
  account.map((accountId) => command(`register(${accountId})`, (world) => world.register(accountId))),
  tape.map((fatesOfCalls) =>
    command(`settle(${fatesOfCalls})`, (world) => {
      void world.settle(fatesOfCalls);
    }),
  ),
  fc.boolean().map((newestFirst) => command(`flush(${newestFirst})`, (world) => world.network.flush(newestFirst))),
  account.map((accountId) => command(`list(${accountId})`, (world) => world.list(accountId))),
  fc.constant(command('pull()', (world) => world.pull())),
  fc.constant(command('crash()', (world) => world.crash())),
  fc.nat().map((pick) =>
    command(`staleNews(${pick})`, (world) => {
      const known = [...world.oracle.proxies.values()];
      const row = known[pick % (known.length || 1)]?.row;
      if (row) world.repeatNews({ ...row, leasable: !row.leasable, revision: Math.max(1, row.revision - 1) });
    }),
  ),
];
const revoke = account.map((accountId) =>
  command(`revoke(${accountId})`, (world) => world.revoke(accountId, `${accountId}:key`)),
);

/** Everything that happens to a pool, in any order; with `replayPath` as a failing run had it. */
export function leaseCommands(maxCommands: number, replayPath: string | null = null) {
  const often = [
    acquire,
    acquire,
    acquire,
    acquire,
    release,
    release,
    report,
    report,
    renew,
    renew,
    advance,
    hold,
    news,
    news,
  ];
  return fc.commands([...often, ...often, ...others, ...others, revoke], {
    maxCommands,
    size: 'max',
    ...(replayPath === null ? {} : { replayPath }),
  });
}
