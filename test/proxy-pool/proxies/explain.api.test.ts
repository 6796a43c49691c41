import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createLeaseBookClient } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import { type StandingCode, standingCodes } from '../../../src/proxy-pool/proxies/explain.model.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call } from '../../support/harness.ts';
import { activeProxy, insertProxy } from '../checks/rows.ts';

interface Part {
  value: number;
  weight: number;
  points: number;
}

interface Detail {
  proxy: { id: string; score: number | null };
  explanation: {
    score_parts: Record<string, Part> | null;
    leasable_now: boolean;
    reason: { code: StandingCode; message: string };
  };
}

async function explained(id: string): Promise<Detail> {
  const { status, body } = await call<Detail>('GET', `/proxies/${id}`, { key: adminKey });
  expect(status).toBe(200);
  expect(body.explanation.reason.message).toBe(standingCodes[body.explanation.reason.code]);
  return body;
}

/** An active proxy of a pool of its own, and that pool's book. */
async function leasableProxy(poolNumber: number) {
  await env.DB.prepare('INSERT INTO pools (number, name, created_at) VALUES (?1, ?2, 0)')
    .bind(poolNumber, `explained-${poolNumber}`)
    .run();
  const changes = {
    ...activeProxy(Date.now()),
    avgLatencyMs: 500,
    uptime: 0.9,
    anonymity: 'anonymous',
    score: 0.82,
  } as const;
  const row = await insertProxy({ ...changes, poolNumber, revision: 7 });
  const book = createLeaseBookClient(env.LEASE_BOOK, poolNumber);
  return { row, tell: () => book.apply([{ ...row, score: 0.82, latencyMs: 500, leasable: true }]) };
}

describe('the explanation of a proxy', () => {
  it('says what the score is made of: four weighted parts that add up to it', async () => {
    const { row } = await leasableProxy(90);
    const { proxy, explanation } = await explained(row.id);
    const parts = explanation.score_parts ?? {};
    expect(parts).toMatchObject({
      uptime: { value: 0.9, weight: 0.4 },
      latency: { value: 0.75, weight: 0.35 },
      recency: { value: 1, weight: 0.15 },
      anonymity: { value: 0.5, weight: 0.1 },
    });
    for (const { value, weight, points } of Object.values(parts)) expect(points).toBeCloseTo(value * weight, 10);
    const sum = Object.values(parts).reduce((total, { points }) => total + points, 0);
    expect(Math.round(sum * 100) / 100).toBe(proxy.score);
  });

  it('follows a proxy from the book’s first news of it through a lease, and names nobody', async () => {
    const { row, tell } = await leasableProxy(91);
    expect((await explained(row.id)).explanation).toMatchObject({
      leasable_now: false,
      reason: { code: 'NOT_IN_BOOK' },
    });
    await tell();
    expect((await explained(row.id)).explanation).toMatchObject({ leasable_now: true, reason: { code: 'LEASABLE' } });
    const { key, id: accountId } = await createAccount();
    const lease = await call<{ lease_id: string }>('POST', '/proxies/acquire', { key, json: { pool: 'explained-91' } });
    expect(lease.status).toBe(200);
    const leased = await explained(row.id);
    expect(leased.explanation).toMatchObject({ leasable_now: false, reason: { code: 'LEASED' } });
    expect(JSON.stringify(leased)).not.toContain(accountId);
    expect(JSON.stringify(leased)).not.toContain(lease.body.lease_id);
    await call('POST', `/proxies/acquire/${lease.body.lease_id}/release`, { key });
    expect((await explained(row.id)).explanation.reason.code).toBe('LEASABLE');
  });

  it('says of one that routing has that it is followed', async () => {
    const { row, tell } = await leasableProxy(92);
    await tell();
    await createLeaseBookClient(env.LEASE_BOOK, row.poolNumber).hold({ revision: 1, proxyIds: [row.id] });
    expect((await explained(row.id)).explanation).toMatchObject({
      leasable_now: false,
      reason: { code: 'FOLLOWED' },
    });
  });

  it.each([
    ['UNCHECKED', {}],
    ['INCONCLUSIVE', { round: 1, lastCheckedAtMs: 1 }],
    ['FAILING', { ...activeProxy(1), leasable: false, failedRounds: 1 }],
    ['DEAD', { status: 'dead', round: 3, failedRounds: 3, diedAtMs: 1 }],
    ['UNSUPPORTED', { status: 'unsupported', nextCheckAtMs: null }],
  ] as const)('is %s where that is why', async (code, changes) => {
    const { id } = await insertProxy(changes);
    const { explanation } = await explained(id);
    expect(explanation).toMatchObject({ score_parts: null, leasable_now: false, reason: { code } });
  });
});
