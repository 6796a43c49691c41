import type { CreditRequest, CreditResult } from '../../../../src/accounts/credits/credit-ledger.types.ts';
import type { LedgerPort } from '../../../../src/proxy-pool/leases/flow-ports.ts';
import type {
  AcquireRequest,
  AcquireResult,
  BookProxyRow,
  RenewRequest,
  RenewResult,
} from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import type { Heart } from './heart.ts';
import { createNetwork, type Fate } from './network.ts';
import { createOracle, isOffered } from './oracle.ts';
import { expectAcquire, expectRenew, matchesExpectation } from './predict.ts';
import { type SimulatedBook, startBook } from './simulated-book.ts';
import { createStoredBook } from './stored-book.ts';
import { createStoredLedger, type StoredLedger } from './stored-ledger.ts';

const START_MS = Date.UTC(2026, 0, 1);
const MAX_FLUSHES = 10;
/** So few that most runs come to the limit. */
const MAX_REFUNDS_PER_DAY = 1;

/** Lets all flows go as far as they can. */
const quiet = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * A pool, its accounts and their clients: the product's models and flows under a clock moved by hand and a network that
 * loses, doubles, delays and kills. An oracle watches all of it; `check` throws at what it saw.
 */
export function createWorld(heart: Heart, maxRefundsPerDay = MAX_REFUNDS_PER_DAY) {
  let nowMs = START_MS;
  let idsMade = 0;
  let revision = 0;
  const oracle = createOracle(() => nowMs, maxRefundsPerDay);
  const network = createNetwork();
  const rows = createStoredBook();
  const ledgers = new Map<string, StoredLedger>();
  const inventory = new Map<string, BookProxyRow>();
  const running = new Map<string, number>();
  let renewing = 0;
  let holdsRevision = 0;

  const ledgerRows = (accountId: string): StoredLedger => {
    const known = ledgers.get(accountId) ?? createStoredLedger(maxRefundsPerDay);
    ledgers.set(accountId, known);
    return known;
  };
  const registered = new Set<string>();
  const credit = (accountId: string, request: CreditRequest): CreditResult => {
    const stored = ledgerRows(accountId);
    const result = stored.perform(heart, () => heart.ledger.decideCredit(stored.facts, request, nowMs));
    if (result.ok && !result.replayed) oracle.ledgerOf(accountId).grant(request.amount);
    return result;
  };
  const same = (left: unknown, right: unknown, message: string): void => {
    const [one, other] = [JSON.stringify(left), JSON.stringify(right)];
    oracle.must(one === other, `${message}: ${one} instead of ${other}`);
  };

  const ledgerOf = (accountId: string, book: { isAlive(): boolean; crash(): void }): LedgerPort => ({
    debit: (first) =>
      network.call(
        book,
        (attempt, dies) => {
          const request = { ...first, attempt };
          const expected = oracle.ledgerOf(accountId).expectDebit(request, nowMs);
          const stored = ledgerRows(accountId);
          // A ledger that dies throws: nothing must have happened then.
          oracle.debitDone(request.reference);
          const result = stored.perform(heart, () => heart.ledger.decideDebit(stored.facts, request, nowMs), dies);
          same(result, expected, 'a debit said');
          if (oracle.ledgerOf(accountId).debit(request, nowMs)) oracle.charged(request.reference);
          return result;
        },
        (copies) => oracle.debitSent(first.reference, copies),
      ),
    credit: (request) =>
      network.call(
        book,
        (_attempt, dies) => {
          const stored = ledgerRows(accountId);
          const known = oracle.ledgerOf(accountId);
          const expected = known.expectRefund(request, nowMs);
          const result = stored.perform(heart, () => heart.ledger.decideCredit(stored.facts, request, nowMs), dies);
          const said = result.ok ? { ok: true, balance: result.balance } : result;
          same(said, expected, 'a refund said');
          if (known.refund(request, nowMs)) oracle.refunded(accountId, request.reference);
          return result;
        },
        () => {},
      ),
    lookupAnswer: (request) =>
      network.call(
        book,
        () => {
          const result = heart.ledger.decideLookup(ledgerRows(accountId).facts, request, nowMs);
          same(result, oracle.ledgerOf(accountId).expectLookup(request, nowMs), 'a lookup said');
          return result;
        },
        () => {},
      ),
    settle: (references) =>
      network.call(
        book,
        (_attempt, dies) => {
          const stored = ledgerRows(accountId);
          const settlements = stored.perform(
            heart,
            () => heart.ledger.decideSettle(stored.facts, references, nowMs),
            dies,
          );
          same(settlements, oracle.ledgerOf(accountId).settle(references), 'a settle said');
          return { settlements };
        },
        () => {},
      ),
  });

  const random = (): Uint8Array => {
    idsMade += 1;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(4, idsMade);
    return bytes;
  };
  let book: SimulatedBook;
  const start = (): void => {
    book = startBook({ heart, rows, oracle, nowMs: () => nowMs, random, ledgerOf, onCrash: start });
  };
  start();

  const compareWithRows = (): void => {
    const stored = heart.state.createBookState(0, rows.read());
    const names = (state: typeof stored) =>
      Array.from(
        state.proxies.values(),
        ({ id, revision: at, leasable, held, lease }) =>
          `${id} ${at} ${leasable} ${held} ${lease?.id ?? 'free'} ${lease?.expiresAtMs} ${lease?.renewal?.reference}`,
      ).toSorted((left, right) => left.localeCompare(right));
    same(names(stored), names(book.state), 'the rows say');
    same([...stored.owedRefunds.keys()].sort(), [...book.state.owedRefunds.keys()].sort(), 'the rows owe');
    for (const { lease } of stored.proxies.values()) {
      const known = lease && oracle.leases.get(lease.id);
      oracle.must(
        !(lease?.state === 'live' && known && !oracle.isCharged(known)),
        'a checkpoint covers an uncharged lease',
      );
    }
  };

  const world = {
    oracle,
    network,
    nowMs: () => nowMs,
    book: () => book,
    knownLeases: () => [...oracle.leases.values()],
    /** Credits as an admin gives them: the call is answered at once. */
    grant(accountId: string, amount: number): void {
      const reference = `grant:${ledgerRows(accountId).entries().length}`;
      const result = credit(accountId, { reference, amount, type: 'purchase', description: 'x' });
      oracle.must(result.ok && !result.replayed, 'a grant was not booked');
    },
    /** The credits that a new account gets; asked again, as by a retry, it has got them. */
    register(accountId: string): void {
      const isNew = !registered.has(accountId);
      registered.add(accountId);
      const result = credit(accountId, { reference: 'signup', amount: 3, type: 'signup', description: 'x' });
      oracle.must(result.ok && result.replayed !== isNew, 'a registration gave its credits twice, or never');
    },
    revoke(accountId: string, apiKeyId: string): void {
      ledgerRows(accountId).revoke(apiKeyId);
      oracle.ledgerOf(accountId).revoke(apiKeyId);
    },
    /** A change of the inventory, told at once; or kept for a pull. */
    news(change: Omit<BookProxyRow, 'revision'>, told: boolean): void {
      revision += 1;
      const row = { ...change, revision };
      inventory.set(row.id, row);
      if (!told) return;
      oracle.news(row);
      book.apply([row]);
    },
    repeatNews(row: BookProxyRow): void {
      book.apply([row]);
    },
    /** Routing's list of what it is to have, some of them older than one that it has sent already. */
    hold(proxyIds: readonly string[], revisionsBack: number): void {
      holdsRevision += 1;
      const request = { revision: holdsRevision - revisionsBack, proxyIds };
      const isNews = oracle.isToHold(request);
      const result = book.hold(request);
      oracle.must(result.ok === isNews, 'an old list of what routing has was taken, or the newest was not');
      if (!result.ok) return;
      // What ended or was let go in the same turn is taken as well: what stays free or is left out is asked for below.
      const missed = proxyIds.filter((id) => {
        const proxy = oracle.proxies.get(id);
        return proxy?.row.leasable && proxy.holder === null && !proxy.held;
      });
      same(missed, [], 'routing has not got what is free');
      const has = proxyIds.filter((id) => oracle.proxies.get(id)?.held);
      same([...result.held].sort(), has.sort(), 'routing was told that it has');
    },
    inventory: () => [...inventory.values()],
    pull(): void {
      const page = [...inventory.values()]
        .filter((row) => row.revision > book.state.watermark)
        .sort((left, right) => left.revision - right.revision);
      for (const row of page) oracle.news(row);
      book.applyPulled({ rows: page, watermark: page.at(-1)?.revision ?? 0 });
    },
    /** Starts an acquire and watches it to its end, which may be far off. */
    acquire(request: AcquireRequest, tape: readonly Fate[] = []): Promise<AcquireResult | null> {
      const name = `${request.accountId} ${request.idempotency?.key}`;
      const count = (difference: number) => running.set(name, (running.get(name) ?? 0) + difference);
      const joins = request.idempotency !== null && (running.get(name) ?? 0) > 0;
      // One that joins another with its key shares its fate.
      const expected = joins ? null : expectAcquire(oracle, request, nowMs);
      network.setTape(tape);
      count(1);
      const result = book.acquire(request);
      return result.then((answer) => {
        count(-1);
        if (answer?.ok) oracle.acknowledged(request, answer);
        if (answer !== null && expected !== null && tape.every((fate) => fate === 'delivered')) {
          oracle.must(
            matchesExpectation(expected, answer),
            `an acquire said ${JSON.stringify(answer)} instead of ${JSON.stringify(expected)}`,
          );
        }
        return answer;
      });
    },
    /** Starts a renewal and watches it to its end. */
    async renew(request: RenewRequest, tape: readonly Fate[] = []): Promise<RenewResult | null> {
      // A renewal may settle a lease whose proxy somebody waits for: one of the same account spends credits, too.
      const isAwaited = oracle.waiters.some((waiter) => waiter.accountId === request.accountId);
      const isAlone = renewing === 0 && !network.isBusy() && !isAwaited;
      const isUndisturbed = isAlone && tape.every((fate) => fate === 'delivered');
      const expected = isUndisturbed ? expectRenew(oracle, request, nowMs) : null;
      network.setTape(tape);
      renewing += 1;
      const answer = await book.renew(request);
      renewing -= 1;
      if (answer?.ok) oracle.acknowledgedRenewal(request, answer);
      if (answer !== null && expected !== null) {
        oracle.must(
          matchesExpectation(expected, answer),
          `a renewal said ${JSON.stringify(answer)} instead of ${JSON.stringify(expected)}`,
        );
      }
      return answer;
    },
    async release(accountId: string, leaseId: string, tape: readonly Fate[] = []) {
      oracle.askedToRelease(accountId, leaseId);
      network.setTape(tape);
      const lease = oracle.leases.get(leaseId);
      const before = lease && { ...lease };
      const result = await book.release({ accountId, leaseId });
      if (result === null || (!result.ok && result.code === 'UNAVAILABLE')) return result;
      const said = result.ok ? 'released' : result.code;
      const owned = before?.accountId === accountId && oracle.isCharged(before);
      if (said === 'LEASE_NOT_FOUND') {
        const forgettable = !owned || (before.gone === null && network.isBusy());
        oracle.must(forgettable, 'a release was told that there is no such lease');
      } else oracle.must(owned, `a release of somebody else’s lease was told ${said}`);
      if (owned && before.gone === 'released') same(said, 'released', 'a second release said');
      if (owned && before.gone === 'dead') same(said, 'LEASE_NOT_ACTIVE', 'a release of what was taken back said');
      if (owned && before.gone === 'expired') same(said, 'LEASE_EXPIRED', 'a late release said');
      return result;
    },
    /** A report that our own checks have confirmed: the lease must end, and its credit come back. */
    async report(accountId: string, leaseId: string, tape: readonly Fate[] = []) {
      network.setTape(tape);
      const lease = oracle.leases.get(leaseId);
      const before = lease && { ...lease };
      const wasRefunded = oracle.ledgerOf(accountId).isRefunded(`refund:${leaseId}`);
      oracle.confirmedDead(accountId, leaseId);
      const confirmed = { proxyId: lease?.proxyId ?? '', reportedAtMs: oracle.reportedAtMs(leaseId) };
      const result = await book.report({ accountId, leaseId, confirmed });
      if (result === null || (!result.ok && result.code === 'UNAVAILABLE')) return result;
      const owned = before?.accountId === accountId && oracle.isCharged(before);
      if (result.ok) {
        const ended = result.standing === 'dead' ? result.refund : null;
        oracle.must(owned, 'a report of somebody else’s lease was heard');
        oracle.must(ended !== null, 'a lease goes on whose proxy is dead');
        const isPaid = oracle.ledgerOf(accountId).isRefunded(`refund:${leaseId}`);
        same(ended?.paid, isPaid, 'a report was told that it is refunded');
        if (wasRefunded) same(ended?.paid, true, 'a second report was told that it is refunded');
      } else if (result.code === 'LEASE_NOT_FOUND') {
        const forgettable = !owned || (before.gone === null && network.isBusy());
        oracle.must(forgettable, 'a report was told that there is no such lease');
      } else {
        oracle.must(owned, `a report of somebody else’s lease was told ${result.code}`);
        oracle.must(before?.gone !== 'dead', 'a lease that was taken back was refused to who reports it again');
        if (before?.gone === 'released') same(result.code, 'LEASE_NOT_ACTIVE', 'a report after a release said');
        const ranOut = result.code === 'LEASE_EXPIRED' && confirmed.reportedAtMs < (lease?.expiresAtMs ?? 0);
        oracle.must(!ranOut, 'a lease that ran out while its proxy was checked is not refunded');
      }
      return result;
    },
    async list(accountId: string) {
      network.setTape([]);
      // What is charged while the list is made may be in it or not: its acquire has not been answered yet.
      const charged = oracle.heldBy(accountId).filter((lease) => oracle.isCharged(lease) && lease.expiresAtMs > nowMs);
      const listed = await book.list(accountId);
      if (listed === null) return null;
      const items = listed.ok ? listed.items : [];
      const ids = items.map((lease) => lease.leaseId);
      const owned = oracle.heldBy(accountId).filter((lease) => oracle.isCharged(lease) && lease.expiresAtMs > nowMs);
      // A lease whose debit has not been answered yet is not its account's yet.
      const known = new Set(ids);
      oracle.must(
        ids.every((id) => owned.some((lease) => lease.id === id)),
        'a list names a lease that is not the account’s',
      );
      oracle.must(
        items.every((item) => item.expiresAtMs === oracle.leases.get(item.leaseId)?.expiresAtMs),
        'a list says of a lease that it ends at another time',
      );
      if (!network.isBusy())
        oracle.must(
          charged.every((lease) => known.has(lease.id)),
          'a list lacks a lease that was charged',
        );
      return listed;
    },
    async settle(tape: readonly Fate[] = []): Promise<boolean> {
      network.setTape(tape);
      return book.settle();
    },
    crash: () => book.crash(),
    advance(durationMs: number): void {
      nowMs += durationMs;
    },
    /** After each command: everything at rest, the alarm rung, and nothing found wrong. */
    async check(): Promise<void> {
      await quiet();
      book.ring();
      await quiet();
      for (const waiter of oracle.waiters) {
        oracle.must(oracle.best(waiter.filters) === undefined, 'somebody waits for a proxy that is free');
      }
      const { index, leases } = book.state;
      const holders = [...oracle.proxies.values()].filter(({ holder }) => holder !== null);
      const leasable = [...oracle.proxies.values()].filter(isOffered);
      same(leases.size, holders.length, 'the book has leases');
      same(index.freeCount, leasable.filter(({ holder }) => holder === null).length, 'the book has free proxies');
      same(index.leasedCount, leasable.filter(({ holder }) => holder !== null).length, 'the book has leased proxies');
      compareWithRows();
      for (const [accountId, stored] of ledgers) {
        const sum = stored.entries().reduce((total, entry) => total + entry.amount, 0);
        same(stored.entries().at(-1)?.balanceAfter ?? 0, sum, 'the balance is');
        same(sum, oracle.ledgerOf(accountId).balance(), 'the entries add up to');
        const debits = stored.entries().filter((entry) => entry.amount < 0);
        const refunds = stored.entries().filter((entry) => entry.type === 'refund');
        same(
          refunds.map((entry) => entry.reference),
          oracle.ledgerOf(accountId).refundedReferences(),
          'refunded are',
        );
        same(
          debits.map((entry) => entry.reference),
          oracle.ledgerOf(accountId).chargedReferences(),
          'charged are',
        );
      }
      if (oracle.violations.length > 0) throw new Error(oracle.violations[0]);
    },
    /** All that is under way arrives and all doubt ends: then every charged lease is somebody's, and no other is. */
    async finish(): Promise<void> {
      network.setTape([]);
      for (let turn = 0; turn < MAX_FLUSHES && network.isBusy(); turn += 1) {
        network.flush(turn % 2 === 1);
        await quiet();
      }
      // A planned crash may come even now: the next round is undisturbed.
      const settled = (await world.settle()) || (await world.settle());
      oracle.must(settled, 'an undisturbed settle left something open');
      await world.check();
      for (const lease of oracle.leases.values()) {
        oracle.must(lease.gone !== null || oracle.isCharged(lease), 'a lease stays that was never charged');
      }
      for (const accountId of ledgers.keys()) await world.list(accountId);
      // Twice: the end of one lease may begin that of somebody who waited for it.
      for (let turn = 0; turn < 2; turn += 1) {
        nowMs += 48 * 60 * 60 * 1_000;
        await world.check();
      }
      oracle.must(book.state.leases.size === 0, 'a lease never ends');
      oracle.renewalsAreDone();
      oracle.must((await world.settle()) || (await world.settle()), 'something stays open');
      oracle.refundsAreDone();
      await world.check();
    },
  };
  return world;
}

export type World = ReturnType<typeof createWorld>;
