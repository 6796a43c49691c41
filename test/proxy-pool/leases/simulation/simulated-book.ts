import type {
  BookState,
  Effect,
  PendingLease,
  Refused,
  Served,
} from '../../../../src/proxy-pool/leases/book-state.model.ts';
import type { FlowPorts, LedgerPort } from '../../../../src/proxy-pool/leases/flow-ports.ts';
import type {
  AcquireRequest,
  AcquireResult,
  HoldRequest,
  RenewRequest,
  ReportRequest,
} from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import type { Heart } from './heart.ts';
import type { Oracle } from './oracle.ts';
import type { StoredBookRows } from './stored-book.ts';

/** The pool of all simulated leases. */
export const POOL_NUMBER = 7;
/** More rings of one alarm at one time mean that it will ring for ever. */
const MAX_RINGS = 100;

interface Surroundings {
  heart: Heart;
  rows: StoredBookRows;
  oracle: Oracle;
  nowMs: () => number;
  random: () => Uint8Array;
  ledgerOf: (accountId: string, book: { isAlive(): boolean; crash(): void }) => LedgerPort;
  onCrash: () => void;
}

/** One life of a lease book, from a start to a crash: `lease-book.do.ts` without its platform. */
export function startBook({ heart, rows, oracle, nowMs, random, ledgerOf, onCrash }: Surroundings) {
  const state = heart.state.createBookState(POOL_NUMBER, rows.read(), random);
  const waiting = new Map<number, (outcome: PendingLease | Refused) => void>();
  const died = Promise.withResolvers<null>();
  let alive = true;

  const answer = (served: readonly Served[]): void => {
    oracle.served(served);
    for (const { ticket, outcome } of served) {
      waiting.get(ticket)?.(outcome);
      waiting.delete(ticket);
    }
  };

  const run = <Outcome>(command: (state: BookState, nowMs: number) => Effect<Outcome>): Outcome => {
    // Nothing runs in a book that is dead: whoever still holds on to it stops here.
    if (!alive) throw new Error('the book is dead');
    const { outcome, writes, served } = command(state, nowMs());
    try {
      rows.write(writes);
    } catch (error) {
      oracle.must(false, String(error));
    }
    oracle.stored(writes);
    answer(served);
    return outcome;
  };

  const self = {
    isAlive: () => alive,
    crash: () => {
      if (!alive) return;
      alive = false;
      died.resolve(null);
      oracle.crashed();
      onCrash();
    },
  };

  const ports: FlowPorts = {
    run,
    waitFor: (waiter) => {
      oracle.waits(waiter);
      return new Promise((resolve) => waiting.set(waiter.ticket, resolve));
    },
    findEnded: rows.findEnded,
    ledgerOf: (accountId) => ledgerOf(accountId, self),
    nowMs,
    settleSoon: () => {},
  };
  const acquire = heart.running.createRunningAcquires((request) => {
    const result = heart.acquireFlow.acquireLease(ports, request);
    // Nobody may be left to hear how it ends in a book that has died.
    result.catch(() => {});
    return result;
  });
  const inTurn = heart.turns.createLeaseTurns();

  const checkpoint = (): void => {
    const write = heart.charge.checkpoint(state);
    if (write) rows.write([write]);
  };

  /** The result, or null when the book died before it could be told. */
  const untilDeath = <Result>(result: Promise<Result>): Promise<Result | null> => Promise.race([died.promise, result]);

  return {
    state,
    ...self,
    apply: (rowsOfNews: Parameters<Heart['content']['applyNews']>[1]) =>
      run((current, atMs) => heart.content.applyNews(current, rowsOfNews, atMs)),
    applyPulled: (page: Parameters<Heart['content']['applyPulled']>[1]) =>
      run((current, atMs) => heart.content.applyPulled(current, page, atMs)),
    hold: (request: HoldRequest) => run((current, atMs) => heart.heldProxies.hold(current, request, atMs)),
    acquire: (request: AcquireRequest): Promise<AcquireResult | null> => untilDeath(acquire(request)),
    renew: (request: RenewRequest) =>
      untilDeath(inTurn(request.leaseId, () => heart.heldFlow.renewLease(ports, request))),
    release: (request: { accountId: string; leaseId: string }) =>
      untilDeath(inTurn(request.leaseId, () => heart.heldFlow.releaseLease(ports, request))),
    report: (request: ReportRequest) =>
      untilDeath(inTurn(request.leaseId, () => heart.reportFlow.reportLease(ports, request))),
    list: (accountId: string) => untilDeath(heart.heldFlow.listLeases(ports, accountId)),
    settle: async (): Promise<boolean> => {
      const settled = await untilDeath(heart.reportFlow.settleBook(ports));
      if (alive) checkpoint();
      return settled ?? false;
    },
    /** The alarm, whenever it is due by the book's own reckoning. */
    ring(): void {
      for (let rings = 0; ; rings += 1) {
        const dueAtMs = heart.book.nextExpiryMs(state, nowMs());
        if (dueAtMs === null || dueAtMs > nowMs()) break;
        oracle.must(rings < MAX_RINGS, 'the alarm rings for ever');
        if (rings >= MAX_RINGS) break;
        run(heart.book.expireDue);
      }
      const deadlineAtMs = state.queue.earliestDeadlineMs();
      if (deadlineAtMs !== null && deadlineAtMs <= nowMs()) answer(heart.book.expireWaiters(state, nowMs()));
    },
  };
}

export type SimulatedBook = ReturnType<typeof startBook>;
