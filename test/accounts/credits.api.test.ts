import { describe, expect, it } from 'vitest';
import { commonRouteTests } from '../support/common-route-tests.ts';
import { createAccount } from '../support/factories.ts';
import { adminKey, call, errorCode } from '../support/harness.ts';

const missingId = '01890000-0000-7000-8000-000000000000';
const purchase = { amount: 5, description: 'Invoice 7' };

commonRouteTests({ method: 'GET', path: '/account/credits', scope: 'read' });
commonRouteTests({ method: 'GET', path: '/account/transactions', scope: 'read' });
commonRouteTests({ method: 'POST', path: `/admin/accounts/${missingId}/credits`, scope: 'admin', validBody: purchase });

describe('credits given by an admin', () => {
  it('show in the balance and in the transactions', async () => {
    const { id, key } = await createAccount();
    const reply = await call('POST', `/admin/accounts/${id}/credits`, { key: adminKey, json: purchase });
    expect([reply.status, reply.body.balance]).toEqual([201, 105]);
    const credits = await call('GET', '/account/credits', { key });
    expect(credits.body).toMatchObject({
      balance: 105,
      recent_transactions: [
        { amount: 5, tx_type: 'purchase', description: 'Invoice 7' },
        { amount: 100, tx_type: 'signup' },
      ],
    });
  });

  it('are booked once for an Idempotency-Key, even by requests at once', async () => {
    const { id } = await createAccount();
    const headers = { 'idempotency-key': `invoice-${id}` };
    const send = (json: object) => call('POST', `/admin/accounts/${id}/credits`, { key: adminKey, json, headers });
    const replies = await Promise.all([1, 2, 3, 4].map(() => send(purchase)));
    expect(replies.map(({ status, body }) => [status, body.balance])).toEqual(replies.map(() => [201, 105]));
    expect(replies.filter(({ headers: own }) => own.get('idempotent-replayed') === 'true')).toHaveLength(3);
    const other = await send({ ...purchase, amount: 6 });
    expect([other.status, errorCode(other)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('may be taken back as an adjustment, but never below zero', async () => {
    const { id } = await createAccount();
    const adjust = (amount: number) =>
      call('POST', `/admin/accounts/${id}/credits`, {
        key: adminKey,
        json: { amount, type: 'adjustment', description: 'Correction' },
      });
    expect((await adjust(-40)).body.balance).toBe(60);
    const refused = await adjust(-61);
    expect([refused.status, errorCode(refused)]).toEqual([409, 'BALANCE_WOULD_BE_NEGATIVE']);
    expect((await adjust(-60)).body.balance).toBe(0);
  });

  it.each([
    ['zero', { amount: 0, description: 'x' }],
    ['a fraction', { amount: 1.5, description: 'x' }],
    ['a text', { amount: '5', description: 'x' }],
    ['a negative purchase', { amount: -1, description: 'x' }],
    ['more than can be counted', { amount: 1e300, description: 'x' }],
    ['no description', { amount: 1 }],
    ['a description of half a character', { amount: 1, description: '\ud800' }],
    ['a description that reorders text', { amount: 1, description: 'abc\u202edef' }],
    ['a description with a null character', { amount: 1, description: 'a\u0000b' }],
    ['another type', { amount: 1, type: 'signup', description: 'x' }],
  ])('are refused when they are %s', async (_case, json) => {
    const { id } = await createAccount();
    const reply = await call('POST', `/admin/accounts/${id}/credits`, {
      key: adminKey,
      json,
    });
    expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
  });

  it('are told of zero that it is zero, not that it is negative', async () => {
    const { id } = await createAccount();
    const json = { amount: 0, description: 'x' };
    const reply = await call('POST', `/admin/accounts/${id}/credits`, { key: adminKey, json });
    expect(reply.body).toMatchObject({
      error: { details: { issues: [{ path: 'amount', message: 'must not be zero' }] } },
    });
  });

  it('page by page add up to the balance', async () => {
    const { id, key } = await createAccount();
    for (const amount of [1, 2, 3]) {
      await call('POST', `/admin/accounts/${id}/credits`, {
        key: adminKey,
        json: { amount, description: `part ${amount}` },
      });
    }
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null && seen.length < 10) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await call<{ items: { amount: number }[]; next_cursor: string | null; total_count: number }>(
        'GET',
        `/account/transactions?limit=3${query}`,
        { key },
      );
      expect(page.body.total_count).toBe(4);
      seen.push(...page.body.items.map(({ amount }) => amount));
      cursor = page.body.next_cursor;
    }
    expect(seen).toEqual([3, 2, 1, 100]);
  });
});
