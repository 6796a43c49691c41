import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseLease, dutyOf, type HeldLease, isUsable } from '../../src/cli/bridge/held-lease.model.ts';

const NOW_MS = 1_000_000;
const DURATION_MS = 300_000;

const aLease = (change: Partial<HeldLease> = {}): HeldLease => ({
  id: 'lease',
  proxyId: 'proxy',
  upstream: { protocol: 'http', host: '203.0.113.1', port: 8080, login: null },
  expiresAtMs: NOW_MS + DURATION_MS,
  stickyUntilMs: Number.POSITIVE_INFINITY,
  lastUsedAtMs: 0,
  inFlight: 0,
  isInUse: false,
  isRenewing: false,
  refusesTunnels: false,
  isLeaving: false,
  isReported: false,
  ...change,
});

const plain = { isTunnel: false, tried: new Set<string>() };
const tunnel = { isTunnel: true, tried: new Set<string>() };

const anyLease = fc
  .record({
    proxyId: fc.constantFrom('a', 'b', 'c'),
    expiresAtMs: fc.integer({ min: NOW_MS - 10_000, max: NOW_MS + DURATION_MS }),
    stickyUntilMs: fc.constantFrom(NOW_MS - 1, NOW_MS + 10_000, Number.POSITIVE_INFINITY),
    lastUsedAtMs: fc.nat(1_000),
    inFlight: fc.nat(2),
    isInUse: fc.boolean(),
    isRenewing: fc.boolean(),
    refusesTunnels: fc.boolean(),
    isLeaving: fc.boolean(),
    isReported: fc.boolean(),
  })
  .map(aLease);

describe('the lease of a request', () => {
  it('is the one that was used longest ago of those that will do, or none', () => {
    fc.assert(
      fc.property(fc.array(anyLease), fc.boolean(), fc.subarray(['a', 'b', 'c']), (leases, isTunnel, tried) => {
        const need = { isTunnel, tried: new Set(tried) };
        const usable = leases.filter((lease) => isUsable(lease, need, NOW_MS));
        const chosen = chooseLease(leases, need, NOW_MS);
        if (chosen === undefined) {
          expect(usable).toEqual([]);
          return;
        }
        expect(usable).toContain(chosen);
        expect(tried).not.toContain(chosen.proxyId);
        expect(chosen.lastUsedAtMs).toBe(Math.min(...usable.map(({ lastUsedAtMs }) => lastUsedAtMs)));
      }),
    );
  });

  it('is none that is about to end, is left, or is no longer stuck to', () => {
    expect(isUsable(aLease(), plain, NOW_MS)).toBe(true);
    expect(isUsable(aLease({ expiresAtMs: NOW_MS + 1_000 }), plain, NOW_MS)).toBe(false);
    expect(isUsable(aLease({ isLeaving: true }), plain, NOW_MS)).toBe(false);
    expect(isUsable(aLease({ stickyUntilMs: NOW_MS }), plain, NOW_MS)).toBe(false);
  });

  it('tunnels if it must, and one that only tunnels is of no use without', () => {
    const plainAlone = aLease({ refusesTunnels: true });
    expect([isUsable(plainAlone, plain, NOW_MS), isUsable(plainAlone, tunnel, NOW_MS)]).toEqual([true, false]);
    const useless = aLease({ refusesTunnels: true, upstream: { ...plainAlone.upstream, protocol: 'https' } });
    expect(isUsable(useless, plain, NOW_MS)).toBe(false);
  });
});

describe('what is to be done about a lease', () => {
  it('it is renewed before its end when it is in use, once at a time, and left to its end when it is not', () => {
    const soon = { expiresAtMs: NOW_MS + 20_000 };
    expect(dutyOf(aLease({ ...soon, isInUse: true }), NOW_MS, DURATION_MS)).toBe('renew');
    expect(dutyOf(aLease({ ...soon, inFlight: 1 }), NOW_MS, DURATION_MS)).toBe('renew');
    expect(dutyOf(aLease({ ...soon, inFlight: 1, isRenewing: true }), NOW_MS, DURATION_MS)).toBe('nothing');
    expect(dutyOf(aLease(soon), NOW_MS, DURATION_MS)).toBe('nothing');
    expect(dutyOf(aLease({ isInUse: true }), NOW_MS, DURATION_MS)).toBe('nothing');
    expect(dutyOf(aLease({ expiresAtMs: NOW_MS }), NOW_MS, DURATION_MS)).toBe('end');
  });

  it('one that is left goes with the last of what is under way, and is kept alive for that alone', () => {
    expect(dutyOf(aLease({ isLeaving: true }), NOW_MS, DURATION_MS)).toBe('leave');
    expect(dutyOf(aLease({ stickyUntilMs: NOW_MS }), NOW_MS, DURATION_MS)).toBe('leave');
    const busy = aLease({ isLeaving: true, inFlight: 1, expiresAtMs: NOW_MS + 20_000 });
    expect(dutyOf(busy, NOW_MS, DURATION_MS)).toBe('renew');
  });

  it('no credit goes into one that is reported, or that nothing needs', () => {
    fc.assert(
      fc.property(anyLease, (lease) => {
        const duty = dutyOf(lease, NOW_MS, DURATION_MS);
        if (duty === 'renew') expect(lease.inFlight > 0 || lease.isInUse).toBe(true);
        if (lease.isReported && lease.isLeaving) expect(['end', 'nothing']).toContain(duty);
      }),
    );
  });
});
