import type {
  CheckoutRefusalCode,
  CheckoutRequest,
  RequestReport,
  TargetConfiguration,
  TargetIpState,
  TargetMetrics,
} from '../../../../src/routing/rotation/rotation.types.ts';
import { CHECKOUT_LIFE_MS, noCounts } from '../../../../src/routing/rotation/rotation-state.model.ts';

interface KnownIp {
  inUse: { checkoutId: string; grantedAtMs: number; lapsesAtMs: number; holdMs: number } | null;
  heldUntilMs: number;
  quarantinedUntilMs: number;
  failures: number;
  /** Place of its last grant among all. */
  lastGrant: number;
  /** That have ended, however they did. */
  requests: number;
}

function unusedIp(): KnownIp {
  return { inUse: null, heldUntilMs: 0, quarantinedUntilMs: 0, failures: 0, lastGrant: 0, requests: 0 };
}

interface Waiting extends CheckoutRequest {
  deadlineAtMs: number;
  /** Whether all that it excluded were all there were at some moment: it takes any since. */
  takesAny: boolean;
}

function expectThat(isRight: boolean, what: string): asserts isRight {
  if (!isRight) throw new Error(`the rotor is wrong: ${what}`);
}

/**
 * What must be true of a rotor, written down without looking at how it does it: facts are kept in the plainest form, and
 * every answer is held against all of them.
 */
export class RotationOracle {
  #configuration: TargetConfiguration | null = null;
  #revision = 0;
  readonly #ips = new Map<string, KnownIp>();
  #waiting: Waiting[] = [];
  #grants = 0;
  /** Since the target is there. */
  #counts = { ...noCounts(), queueTimeouts: 0 };

  /** Of what was never used, or is forgotten, there is nothing to say. */
  #ip(address: string): KnownIp {
    return this.#ips.get(address) ?? unusedIp();
  }

  get #listed(): string[] {
    return [...new Set(this.#configuration?.ips.map(({ address }) => address))];
  }

  #isFree(address: string, nowMs: number): boolean {
    const ip = this.#ip(address);
    return ip.inUse === null && ip.heldUntilMs <= nowMs && ip.quarantinedUntilMs <= nowMs;
  }

  #accepts(waiter: Waiting, address: string): boolean {
    if (waiter.forced !== null) return waiter.forced === address;
    return waiter.takesAny || !waiter.excluded.includes(address);
  }

  /** Time has come this far: what lapsed is no longer in use. */
  timeIs(nowMs: number): void {
    for (const ip of this.#ips.values()) {
      if (ip.inUse === null || ip.inUse.lapsesAtMs > nowMs) continue;
      ip.heldUntilMs = Math.max(ip.heldUntilMs, ip.inUse.lapsesAtMs + ip.inUse.holdMs);
      ip.inUse = null;
      ip.requests += 1;
      this.#counts.outcomes.lapsed += 1;
    }
    this.#forget(nowMs);
  }

  /** A target that comes back has counted nothing. */
  #countAnew(): void {
    this.#counts = { ...noCounts(), queueTimeouts: 0 };
    for (const ip of this.#ips.values()) ip.requests = 0;
  }

  /** Of an IP that is the target's no more nothing is known once it rests no longer. */
  #forget(nowMs: number): void {
    const listed = this.#listed;
    for (const address of this.#ips.keys()) {
      if (!listed.includes(address) && this.#isFree(address, nowMs)) this.#ips.delete(address);
    }
  }

  #relax(nowMs: number): void {
    const usable = this.#listed.filter((address) => this.#ip(address).quarantinedUntilMs <= nowMs);
    for (const waiter of this.#waiting) {
      if (waiter.forced === null && usable.every((address) => waiter.excluded.includes(address)))
        waiter.takesAny = true;
    }
  }

  configured(configuration: TargetConfiguration, isTaken: boolean, nowMs: number): void {
    expectThat(isTaken === configuration.revision > this.#revision, 'it takes what is newer, and nothing else');
    if (!isTaken) return;
    if (this.#configuration === null) this.#countAnew();
    this.#configuration = configuration;
    this.#revision = configuration.revision;
    this.#forget(nowMs);
    this.#relax(nowMs);
  }

  removed(revision: number, isTaken: boolean, nowMs: number): void {
    expectThat(isTaken === revision > this.#revision, 'it is removed by what is newer, and nothing else');
    if (!isTaken) return;
    this.#countAnew();
    this.#configuration = null;
    this.#revision = revision;
    this.#forget(nowMs);
  }

  /** It died: those who waited are gone, everything else is as it was. */
  died(): void {
    this.#waiting = [];
  }

  queued(request: CheckoutRequest, nowMs: number): void {
    const { maxQueueWaitMs = 0 } = this.#configuration ?? {};
    expectThat(this.#configuration !== null && maxQueueWaitMs > 0, 'nobody waits where there is no waiting');
    this.#waiting.push({ ...request, deadlineAtMs: nowMs + maxQueueWaitMs, takesAny: false });
    this.#relax(nowMs);
  }

  /** Who has waited for longer and would take this address. */
  #isOvertaken(request: CheckoutRequest, address: string): boolean {
    const place = this.#waiting.findIndex(({ checkoutId }) => checkoutId === request.checkoutId);
    const before = place < 0 ? this.#waiting : this.#waiting.slice(0, place);
    return before.some((waiter) => this.#accepts(waiter, address));
  }

  granted(request: CheckoutRequest, address: string, nowMs: number): void {
    expectThat(this.#listed.includes(address), `${address} is the target's`);
    const ip = this.#ip(address);
    expectThat(ip.inUse === null, `${address} carries one request at a time`);
    expectThat(ip.heldUntilMs <= nowMs, `${address} is not used before its hold ends`);
    expectThat(ip.quarantinedUntilMs <= nowMs, `${address} is not used in quarantine`);
    const waiter = this.#waiting.find(({ checkoutId }) => checkoutId === request.checkoutId);
    const wish = waiter ?? { ...request, deadlineAtMs: nowMs, takesAny: this.#isAll(request, nowMs) };
    expectThat(this.#accepts(wish, address), `${address} is one that the request takes`);
    expectThat(!this.#isOvertaken(request, address), 'whoever came first is served first');
    expectThat(waiter === undefined || waiter.deadlineAtMs > nowMs, 'nobody is served after its time');
    if (waiter === undefined) {
      const better = this.#listed.filter((other) => this.#accepts(wish, other) && this.#isFree(other, nowMs));
      const longest = Math.min(...better.map((other) => this.#ip(other).lastGrant));
      expectThat(ip.lastGrant === longest, 'the longest unused comes first');
    }
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
    this.#grants += 1;
    this.#counts.lastRequestAtMs = nowMs;
    this.#ips.set(address, ip);
    ip.lastGrant = this.#grants;
    const holdMs = this.#configuration?.minRequestIntervalMs ?? 0;
    ip.inUse = { checkoutId: request.checkoutId, grantedAtMs: nowMs, lapsesAtMs: nowMs + CHECKOUT_LIFE_MS, holdMs };
  }

  #isAll(request: CheckoutRequest, nowMs: number): boolean {
    const usable = this.#listed.filter((address) => this.#ip(address).quarantinedUntilMs <= nowMs);
    return request.forced === null && usable.every((address) => request.excluded.includes(address));
  }

  refused(request: CheckoutRequest, code: CheckoutRefusalCode, nowMs: number): void {
    const waiter = this.#waiting.find(({ checkoutId }) => checkoutId === request.checkoutId);
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
    const isListed = request.forced === null || this.#listed.includes(request.forced);
    const reasons: Record<CheckoutRefusalCode, boolean> = {
      OUTDATED: request.revision > this.#revision,
      NO_TARGET: this.#configuration === null,
      UNKNOWN_IP: !isListed,
      IP_QUARANTINED: request.forced !== null && this.#ip(request.forced).quarantinedUntilMs > nowMs,
      QUEUE_TIMEOUT: waiter ? waiter.deadlineAtMs <= nowMs : this.#configuration?.maxQueueWaitMs === 0,
      LEFT: true,
      QUEUE_FULL: false,
    };
    expectThat(reasons[code], `${code} has its reason`);
    if (code === 'QUEUE_TIMEOUT') this.#counts.queueTimeouts += 1;
  }

  extended(checkoutId: string, isExtended: boolean, nowMs: number): void {
    const inUse = [...this.#ips.values()].find((ip) => ip.inUse?.checkoutId === checkoutId)?.inUse ?? null;
    expectThat(isExtended === (inUse !== null), 'what is in use is extended, and nothing else');
    if (inUse !== null) inUse.lapsesAtMs = nowMs + CHECKOUT_LIFE_MS;
  }

  reported(report: RequestReport, isTaken: boolean, nowMs: number): void {
    const [address, ip] = [...this.#ips].find(([, known]) => known.inUse?.checkoutId === report.checkoutId) ?? [];
    expectThat(isTaken === (ip !== undefined), 'what is in use is reported, and nothing else');
    if (!ip?.inUse || address === undefined) return;
    const { grantedAtMs, holdMs } = ip.inUse;
    ip.inUse = null;
    ip.requests += 1;
    this.#counts.outcomes[report.outcome] += 1;
    if (report.latencyMs !== null) {
      this.#counts.latencySumMs += report.latencyMs;
      this.#counts.latencyCount += 1;
    }
    if (report.sentAgoMs !== null) {
      ip.heldUntilMs = Math.max(ip.heldUntilMs, Math.max(grantedAtMs, nowMs - report.sentAgoMs) + holdMs);
    } else if (report.outcome !== 'cancelled') ip.heldUntilMs = Math.max(ip.heldUntilMs, grantedAtMs + holdMs);
    if (report.outcome === 'success') ip.failures = 0;
    else if (report.outcome !== 'cancelled') ip.failures += 1;
    const { ipFailuresUntilQuarantine = 0, quarantineTimeMs = 0 } = this.#configuration ?? {};
    const hasFailed = report.outcome !== 'success' && report.outcome !== 'cancelled';
    if (hasFailed && this.#listed.includes(address) && ip.failures >= ipFailuresUntilQuarantine) {
      ip.quarantinedUntilMs = Math.max(nowMs + quarantineTimeMs, ip.heldUntilMs);
      this.#counts.quarantines += 1;
      this.#relax(nowMs);
    }
    this.#forget(nowMs);
  }

  /** To be called when a command and all its answers are known. */
  check(states: readonly TargetIpState[], waiters: number, nowMs: number): void {
    expectThat(waiters === this.#waiting.length, 'all who wait are known');
    for (const waiter of this.#waiting) {
      expectThat(waiter.deadlineAtMs > nowMs, 'nobody waits longer than it may');
      const missed = this.#listed.find((address) => this.#accepts(waiter, address) && this.#isFree(address, nowMs));
      expectThat(missed === undefined, `nobody waits for ${missed}, which is free`);
      if (waiter.forced === null) continue;
      expectThat(this.#listed.includes(waiter.forced), `nobody waits for ${waiter.forced}, which is gone`);
      const isQuarantined = this.#ip(waiter.forced).quarantinedUntilMs > nowMs;
      expectThat(!isQuarantined, `nobody waits for ${waiter.forced}, which is quarantined`);
    }
    const listed = this.#listed;
    const draining = [...this.#ips.keys()].filter((address) => !listed.includes(address));
    expectThat(states.length === listed.length + draining.length, 'no IP is forgotten, and none kept');
    for (const { address, state, failures, isDraining, releaseAtMs, requestCount } of states) {
      const ip = this.#ip(address);
      const restsUntilMs = Math.max(ip.heldUntilMs, ip.quarantinedUntilMs);
      const isQuarantined = ip.quarantinedUntilMs > nowMs;
      const resting = isQuarantined ? 'QUARANTINED' : 'HELD';
      const expected = ip.inUse ? 'IN_USE' : restsUntilMs > nowMs ? resting : 'FREE';
      expectThat(state === expected, `${address} is ${expected}, not ${state}`);
      expectThat(failures === ip.failures, `${address} has failed ${ip.failures} times in a row, not ${failures}`);
      expectThat(requestCount === ip.requests, `${address} has carried ${ip.requests} requests, not ${requestCount}`);
      expectThat(isDraining === !listed.includes(address), `${address} drains when it is not listed`);
      expectThat(releaseAtMs === (expected === resting ? restsUntilMs : null), `${address} says when it is released`);
    }
  }

  /** What it has counted; of a target that is not there nobody asks. */
  checkFigures({ ips, checkouts, waiters, ...counted }: TargetMetrics): void {
    if (this.#configuration === null) return;
    const inUse = [...this.#ips.values()].filter((ip) => ip.inUse !== null).length;
    expectThat(checkouts === inUse, `${inUse} are in use, not ${checkouts}`);
    expectThat(waiters === this.#waiting.length, `${this.#waiting.length} wait, not ${waiters}`);
    const known = Object.values(ips).reduce((sum, count) => sum + count, 0);
    expectThat(known === this.#listed.length, `it has ${this.#listed.length} IPs, not ${known}`);
    for (const name of Object.keys(this.#counts.outcomes) as (keyof TargetMetrics['outcomes'])[]) {
      const [count, figure] = [this.#counts.outcomes[name], counted.outcomes[name]];
      expectThat(figure === count, `${count} requests ended as ${name}, not ${figure}`);
    }
    const figures = ['latencySumMs', 'latencyCount', 'quarantines', 'lastRequestAtMs', 'queueTimeouts'] as const;
    for (const name of figures) {
      expectThat(counted[name] === this.#counts[name], `${name} is ${this.#counts[name]}, not ${counted[name]}`);
    }
  }
}
