import type { Defect } from './heart.ts';

const LEDGER = 'accounts/credits/credit-ledger.model.ts';
const BOOK = 'proxy-pool/leases/lease-book.model.ts';
const STATE = 'proxy-pool/leases/book-state.model.ts';
const CONTENT = 'proxy-pool/leases/book-content.model.ts';
const HELD = 'proxy-pool/leases/held-lease.model.ts';
const HELD_FLOW = 'proxy-pool/leases/held-lease.flow.ts';
const CHARGE = 'proxy-pool/leases/lease-charge.model.ts';
const CHARGE_FLOW = 'proxy-pool/leases/charge.flow.ts';
const SETTLE_FLOW = 'proxy-pool/leases/settle.flow.ts';
const REPORTED = 'proxy-pool/leases/reported-lease.model.ts';
const REPORT_FLOW = 'proxy-pool/leases/report.flow.ts';
const TRANSACTION = 'accounts/credits/credit-ledger.transaction.ts';
const HELD_PROXIES = 'proxy-pool/leases/held-proxies.model.ts';
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
    file: HELD,
    was: "lease.accountId !== accountId || lease.state === 'pending'",
    becomes: "lease.state === 'pending'",
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
    was: 'if (endsByItself(proxy.lease)) due.push(proxy);',
    becomes: 'due.push(proxy);',
  },
  {
    name: 'a checkpoint covers leases that are not charged',
    file: CHARGE,
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
    file: HELD,
    was: "else if (endForGood(state, standing.proxy, standing.lease, 'released', nowMs, writes)) freed.push(standing.proxy);",
    becomes: "else endForGood(state, standing.proxy, standing.lease, 'released', nowMs, writes);",
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
    file: CHARGE_FLOW,
    was: 'ports.run((state) => doubt(state, due.reference));',
    becomes: 'ports.run((state, nowMs) => drop(state, [due.reference], nowMs));',
  },
  {
    name: 'a lost answer to a debit is forgotten',
    file: CHARGE_FLOW,
    was: 'ports.run((state) => doubt(state, due.reference));',
    becomes: '',
  },
  {
    name: 'a replay keeps the proxy that it did not need',
    file: CHARGE_FLOW,
    was: '  ports.run((state, nowMs) => drop(state, [due.reference], nowMs));\n  if (!result.ok)',
    becomes: '  if (!result.ok)',
  },
  {
    name: 'settlements are given to the wrong leases',
    file: SETTLE_FLOW,
    was: 'settlements[index] === fate',
    becomes: 'settlements[0] === fate',
  },
  {
    name: 'requests with one key and different bodies share an answer',
    file: RUNNING,
    was: 'first.bodyHash !== idempotency.bodyHash',
    becomes: 'false',
  },
  {
    name: 'a debit is written outside its transaction',
    file: TRANSACTION,
    was: `return storage.transactionSync(() => {
    const decision = decide();
    for (const item of decision.writes) write(item);
    return decision;
  });`,
    becomes: `const decision = storage.transactionSync(decide);
  for (const item of decision.writes) write(item);
  return decision;`,
  },
  {
    name: 'a settle looks for renewals among the acquires',
    file: LEDGER,
    was: "renewedLeaseId(reference) === null ? 'acquire' : 'renew'",
    becomes: "'acquire'",
  },
  {
    name: 'a renewal counts before it is paid',
    file: HELD,
    was: "lease.renewal = { reference, expiresAtMs, state: 'pending' };",
    becomes: "lease.renewal = { reference, expiresAtMs, state: 'pending' };\n  lease.expiresAtMs = expiresAtMs;",
  },
  {
    name: 'a renewal may make a lease end earlier',
    file: HELD,
    was: 'Math.max(lease.expiresAtMs, nowMs + command.leaseDurationMs)',
    becomes: 'nowMs + command.leaseDurationMs',
  },
  {
    name: 'a renewal is charged before it is written',
    file: HELD,
    was: "  writes.push({ kind: 'lease', proxy });\n  return effect({ kind: 'pending'",
    becomes: "  return effect({ kind: 'pending'",
  },
  {
    name: 'a lease ends while its renewal is being paid',
    file: BOOK,
    was: "lease.state === 'live' && lease.renewal === null",
    becomes: "lease.state === 'live'",
  },
  {
    name: 'a second renewal replaces one whose fate is unknown',
    file: HELD,
    was: "lease.state === 'uncertain' || lease.renewal !== null",
    becomes: "lease.state === 'uncertain'",
  },
  {
    name: 'a released lease counts as expired to who would renew it',
    file: HELD,
    was: "standing.kind === 'unknown' ? 'LEASE_NOT_FOUND' : 'LEASE_NOT_ACTIVE'",
    becomes: "standing.kind === 'unknown' ? 'LEASE_NOT_FOUND' : 'LEASE_EXPIRED'",
  },
  {
    name: 'a crash forgets a renewal whose fate is unknown',
    file: STATE,
    was: "if (proxy.lease.renewal) proxy.lease.renewal.state = 'uncertain';",
    becomes: 'proxy.lease.renewal = null;',
  },
  {
    name: 'after a crash nobody asks about a renewal',
    file: STATE,
    was: "if (proxy.lease.renewal) proxy.lease.renewal.state = 'uncertain';",
    becomes: "if (proxy.lease.renewal) proxy.lease.renewal.state = 'pending';",
  },
  {
    name: 'the new end of a lease is not stored',
    file: CHARGE,
    was: 'writes: open ? [extend(state, open)] : []',
    becomes: 'writes: open && extend(state, open) ? [] : []',
  },
  {
    name: 'a paid renewal gives no time',
    file: CHARGE,
    was: '  lease.expiresAtMs = renewal.expiresAtMs;\n',
    becomes: '',
  },
  {
    name: 'a lost answer to a renewal is forgotten',
    file: CHARGE,
    was: "if (open) open.renewal.state = 'uncertain';",
    becomes: '',
  },
  {
    name: 'a refused renewal stays open',
    file: CHARGE,
    was: '      open.lease.renewal = null;\n',
    becomes: '',
  },
  {
    name: 'a retry of a renewal is not given its first answer once the lease has ended',
    file: HELD_FLOW,
    was: 'request.idempotency && (await answerBefore(ports, request, request.idempotency))',
    becomes: 'null',
  },
  {
    name: 'a refund is booked every time that it is asked for',
    file: LEDGER,
    was: 'return refuse({ ok: true, balance: booked.balanceAfter, transactionId: booked.id, replayed: true });',
    becomes: '',
  },
  {
    name: 'an account gets one refund more than it may',
    file: LEDGER,
    was: '>= facts.maxRefundsPerDay()',
    becomes: '> facts.maxRefundsPerDay()',
  },
  {
    name: 'a refund counts for ever',
    file: LEDGER,
    was: 'atMs - REFUND_DAY_MS + 1',
    becomes: 'atMs - atMs',
  },
  {
    name: 'a crash forgets a refund that is owed',
    file: STATE,
    was: 'new Map(stored?.owedRefunds.map((owed) => [owed.leaseId, owed]))',
    becomes: 'new Map()',
  },
  {
    name: 'that a refund is owed is not stored with the end of its lease',
    file: REPORTED,
    was: "    writes.push({ kind: 'refund_owed', owed });\n",
    becomes: '',
  },
  {
    name: 'a lost answer to a refund is forgotten',
    file: REPORT_FLOW,
    was: 'for (const refund of owed.slice(0, MAX_REFUNDS_PER_ROUND))',
    becomes: 'for (const refund of owed.slice(0, 0))',
  },
  {
    name: 'a lease that was released is refunded',
    file: REPORTED,
    was: "const ranOut = standing.kind === 'expired' && command.reportedAtMs < standing.expiredAtMs;",
    becomes: "const ranOut = standing.kind === 'expired' || standing.kind === 'released';",
  },
  {
    name: 'a lease is refunded that had run out before it was reported',
    file: REPORTED,
    was: 'command.reportedAtMs < standing.expiredAtMs',
    becomes: 'command.reportedAtMs <= standing.expiredAtMs + 60_000',
  },
  {
    name: 'a lease that ran out while its proxy was checked is not refunded',
    file: REPORTED,
    was: "standing.kind === 'held' || ranOut",
    becomes: "standing.kind === 'held'",
  },
  {
    name: 'the proxy of a lease that was taken back serves nobody who waits',
    file: REPORTED,
    was: "if (standing.kind === 'held' && endForGood(state, standing.proxy, standing.lease, 'dead', nowMs, writes)) {\n      freed.push(standing.proxy);\n    }",
    becomes: "if (standing.kind === 'held') endForGood(state, standing.proxy, standing.lease, 'dead', nowMs, writes);",
  },
  {
    name: 'a refund that was refused is noted as paid',
    file: REPORT_FLOW,
    was: '{ paid: false, balance: null }',
    becomes: '{ paid: true, balance: null }',
  },
  {
    name: 'a refund goes out before its lease has ended',
    file: REPORT_FLOW,
    was: '  let outcome = decide();\n',
    becomes:
      '  if (confirmed !== null) await pay(ports, { leaseId, accountId, proxyId: confirmed.proxyId });\n  let outcome = decide();\n',
  },
  {
    name: 'a leased proxy is held',
    file: HELD_PROXIES,
    was: 'proxy?.leasable && !proxy.held && proxy.lease === null',
    becomes: 'proxy?.leasable && !proxy.held',
  },
  {
    name: 'a held proxy stays among the free ones',
    file: HELD_PROXIES,
    was: '  state.index.remove(proxy);\n  proxy.held = true;',
    becomes: '  proxy.held = true;',
  },
  {
    name: 'that a proxy is held is not stored',
    file: HELD_PROXIES,
    was: "  state.held.set(proxy.id, proxy);\n  return { kind: 'held', proxy };",
    becomes: "  state.held.set(proxy.id, proxy);\n  return { kind: 'lease', proxy };",
  },
  {
    name: 'an old list of what is held is taken',
    file: HELD_PROXIES,
    was: 'revision < state.holdsRevision',
    becomes: 'revision < 0',
  },
  {
    name: 'after a crash an old list of what is held is taken',
    file: HELD_PROXIES,
    was: "if (revision > state.holdsRevision) writes.push({ kind: 'holds', revision });",
    becomes: '',
  },
  {
    name: 'what is let go serves nobody who waits',
    file: HELD_PROXIES,
    was: '  served.push(...serveWaiters(state, released, nowMs, writes));\n',
    becomes: '',
  },
  {
    name: 'what is held again is let go before',
    file: HELD_PROXIES,
    was: '.filter(({ id }) => !wanted.has(id));',
    becomes: '.filter(() => true);',
  },
  {
    name: 'news of a held proxy offers it',
    file: CONTENT,
    was: '  if (isOffered(proxy)) state.index.add(proxy);',
    becomes: '  if (proxy.leasable) state.index.add(proxy);',
  },
  {
    name: 'a held proxy that fails its checks is forgotten',
    file: CONTENT,
    was: 'proxy.lease === null && !proxy.held',
    becomes: 'proxy.lease === null',
  },
  {
    name: 'after a crash a held proxy is offered',
    file: STATE,
    was: 'if (isOffered(proxy)) state.index.add(proxy);',
    becomes: 'if (proxy.leasable) state.index.add(proxy);',
  },
];
