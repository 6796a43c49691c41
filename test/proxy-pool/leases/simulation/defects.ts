import type { Defect } from './heart.ts';

const LEDGER = 'accounts/credits/credit-ledger.model.ts';
const BOOK = 'proxy-pool/leases/lease-book.model.ts';
const STATE = 'proxy-pool/leases/book-state.model.ts';
const CONTENT = 'proxy-pool/leases/book-content.model.ts';
const FLOW = 'proxy-pool/leases/acquire.flow.ts';
const RUNNING = 'proxy-pool/leases/running-acquires.ts';

/** Mistakes that must not pass. Each is the smallest change of the source that makes it. */
export const defects: readonly Defect[] = [
  {
    name: 'a debit does not ask whether its key was answered',
    file: LEDGER,
    was: 'const first = idempotency && answered(facts, idempotency.key, idempotency.bodyHash, createdAtMs);',
    becomes: 'const first = null;',
  },
  {
    name: 'a settle says charged without an entry',
    file: LEDGER,
    was: "if (facts.entryOf(reference, type) !== null) return 'charged';",
    becomes: "if (!facts.isVoid(reference)) return 'charged';",
  },
  {
    name: 'a settle forgets to void',
    file: LEDGER,
    was: "if (!facts.isVoid(reference)) writes.set(reference, { kind: 'void', reference, createdAtMs: nowMs });",
    becomes: '',
  },
  {
    name: 'a void reference is booked all the same',
    file: LEDGER,
    was: 'facts.isVoid(request.reference) || !isTimely(request, nowMs)',
    becomes: '!isTimely(request, nowMs)',
  },
  {
    name: 'a debit that arrives twice is booked twice',
    file: LEDGER,
    was: "if (booked !== null) return refuse({ ok: true, outcome: 'granted', balance: booked.balanceAfter });",
    becomes: '',
  },
  {
    name: 'a debit spends one credit that is not there',
    file: LEDGER,
    was: 'if (balance < request.amount)',
    becomes: 'if (balance + 1 < request.amount)',
  },
  {
    name: 'a revoked key still spends',
    file: LEDGER,
    was: 'if (spending !== null) return no(spending);',
    becomes: '',
  },
  {
    name: 'a refusal leaves the door open for an earlier try',
    file: LEDGER,
    was: 'attempt > 1 && !facts.isVoid(reference)',
    becomes: 'attempt > 9 && !facts.isVoid(reference)',
  },
  {
    name: 'an answer is given for ever',
    file: LEDGER,
    was: 'stored === null || nowMs - stored.createdAtMs >= ANSWER_KEPT_MS',
    becomes: 'stored === null',
  },
  {
    name: 'anybody may release a lease',
    file: BOOK,
    was: "proxy.lease.accountId !== command.accountId || proxy.lease.state === 'pending'",
    becomes: "proxy.lease.state === 'pending'",
  },
  {
    name: 'a leased proxy stays among the free ones',
    file: BOOK,
    was: '  state.index.remove(proxy);\n  state.lastLeaseSequence += 1;',
    becomes: '  state.lastLeaseSequence += 1;',
  },
  {
    name: 'a lease expires a millisecond early',
    file: BOOK,
    was: 'proxy.lease.expiresAtMs > nowMs || due.length',
    becomes: 'proxy.lease.expiresAtMs > nowMs + 1 || due.length',
  },
  {
    name: 'a lease expires a millisecond late',
    file: BOOK,
    was: 'proxy.lease.expiresAtMs > nowMs || due.length',
    becomes: 'proxy.lease.expiresAtMs >= nowMs || due.length',
  },
  {
    name: 'a lease expires while nobody knows whether it was charged',
    file: BOOK,
    was: "if (proxy.lease.state === 'live') due.push(proxy);",
    becomes: 'due.push(proxy);',
  },
  {
    name: 'a checkpoint covers leases that are not charged',
    file: BOOK,
    was: "if (proxy.lease?.state !== 'live') throughSequence = Math.min(throughSequence, proxy.leaseSequence - 1);",
    becomes: '',
  },
  {
    name: 'the newest waiter is served first',
    file: BOOK,
    was: 'state.queue.inOrder() : []',
    becomes: 'state.queue.inOrder().reverse() : []',
  },
  {
    name: 'a release does not serve those who wait',
    file: BOOK,
    was: "if (endForGood(state, proxy, proxy.lease, 'released', nowMs, writes)) freed.push(proxy);",
    becomes: "endForGood(state, proxy, proxy.lease, 'released', nowMs, writes);",
  },
  {
    name: 'the end of a lease is not stored',
    file: BOOK,
    was: "    state.index.add(proxy);\n    writes.push({ kind: 'lease', proxy });",
    becomes: '    state.index.add(proxy);',
  },
  {
    name: 'an account has one lease more than it may',
    file: BOOK,
    was: 'liveLeaseCount(state, command.accountId) < command.maxLiveLeases',
    becomes: 'liveLeaseCount(state, command.accountId) <= command.maxLiveLeases',
  },
  {
    name: 'a retry with its key is told that all is leased, by itself',
    file: BOOK,
    was: "if (command.mustCheckAnswer) return effect({ kind: 'check_answer' });",
    becomes: '',
  },
  {
    name: 'after a crash every stored lease counts as charged',
    file: STATE,
    was: "proxy.leaseSequence <= state.settledThroughSequence ? 'live' : 'uncertain'",
    becomes: "'live'",
  },
  {
    name: 'old news of a proxy replaces newer',
    file: CONTENT,
    was: '(known !== undefined && row.revision <= known.revision)',
    becomes: 'false',
  },
  {
    name: 'a lost answer to a debit counts as a refusal',
    file: FLOW,
    was: 'ports.run((state) => only(doubt(state, view.leaseId)));',
    becomes: 'ports.run((state, nowMs) => drop(state, [view.leaseId], nowMs));',
  },
  {
    name: 'a lost answer to a debit is forgotten',
    file: FLOW,
    was: 'ports.run((state) => only(doubt(state, view.leaseId)));',
    becomes: '',
  },
  {
    name: 'a replay keeps the proxy that it did not need',
    file: FLOW,
    was: '  ports.run((state, nowMs) => drop(state, [view.leaseId], nowMs));\n  if (!result.ok)',
    becomes: '  if (!result.ok)',
  },
  {
    name: 'settlements are given to the wrong leases',
    file: FLOW,
    was: 'settlements[index] === fate',
    becomes: 'settlements[0] === fate',
  },
  {
    name: 'requests with one key and different bodies share an answer',
    file: RUNNING,
    was: 'first.bodyHash !== idempotency.bodyHash',
    becomes: 'false',
  },
];
