import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createOnce } from '../../../src/platform/db/idempotent-create.ts';
import { outbox } from '../../../src/platform/db/platform.tables.ts';
import { IDEMPOTENT_ANSWER_KEPT_MS, type Idempotency } from '../../../src/platform/http/idempotency.ts';
import { createId } from '../../../src/platform/ids.ts';

const database = createDatabase(env.DB);

/** Creates rows of the outbox, whose type tells who made them. */
function maker(idempotency: Idempotency | null, accountId = crypto.randomUUID()) {
  const type = crypto.randomUUID();
  let prepared = 0;
  return {
    prepared: () => prepared,
    async rows() {
      const row = await env.DB.prepare('SELECT COUNT(*) AS rows FROM outbox WHERE type = ?')
        .bind(type)
        .first<{ rows: number }>();
      return row?.rows;
    },
    create: (options: { nowMs?: number; idempotency?: Idempotency; before?: () => Promise<unknown> } = {}) =>
      createOnce({
        database,
        accountId,
        idempotency: options.idempotency ?? idempotency,
        nowMs: options.nowMs ?? 1_000,
        status: 201,
        async prepare() {
          prepared += 1;
          await options.before?.();
          const id = createId();
          return {
            body: { id },
            writes: [database.insert(outbox).values({ id, type, payload: '{}', createdAtMs: 0 })],
          };
        },
      }),
  };
}

const withKey = (requestHash = 'hash'): Idempotency => ({ key: crypto.randomUUID(), requestHash });

describe('creating once', () => {
  it('makes something for each request that has no key', async () => {
    const { create, rows } = maker(null);
    const [first, second] = [await create(), await create()];
    expect([first.status, first.replayed, second.replayed]).toEqual([201, false, false]);
    expect(first.body.id).not.toBe(second.body.id);
    expect(await rows()).toBe(2);
  });

  it('gives the first answer again for a key, and prepares nothing the second time', async () => {
    const { create, rows, prepared } = maker(withKey());
    const first = await create();
    expect(await create()).toEqual({ ...first, replayed: true });
    expect([await rows(), prepared()]).toEqual([1, 1]);
  });

  it('refuses a key that was used with another request', async () => {
    const idempotency = withKey();
    const { create, rows } = maker(idempotency);
    await create();
    await expect(create({ idempotency: { ...idempotency, requestHash: 'other' } })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await rows()).toBe(1);
  });

  it('keeps the keys of accounts apart', async () => {
    const idempotency = withKey();
    const [mine, theirs] = [maker(idempotency), maker(idempotency)];
    const answers = [await mine.create(), await theirs.create()];
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, false]);
  });

  it('forgets a key after 24 hours, and not a millisecond before', async () => {
    const { create, rows } = maker(withKey());
    const first = await create({ nowMs: 1_000 });
    expect(await create({ nowMs: 1_000 + IDEMPOTENT_ANSWER_KEPT_MS - 1 })).toEqual({ ...first, replayed: true });
    const later = await create({ nowMs: 1_000 + IDEMPOTENT_ANSWER_KEPT_MS });
    expect(later.replayed).toBe(false);
    expect(await create({ nowMs: 1_001 + IDEMPOTENT_ANSWER_KEPT_MS })).toEqual({ ...later, replayed: true });
    expect(await rows()).toBe(2);
  });

  it('makes one thing when another request with the key wins between the look and the write', async () => {
    const { create, rows } = maker(withKey());
    const late = await create({ before: () => create() });
    expect(late.replayed).toBe(true);
    expect(await rows()).toBe(1);
  });

  it('answers as the winner did when what the winner made is what the loser finds in its way', async () => {
    const { create, rows } = maker(withKey());
    const late = await create({
      async before() {
        await create();
        throw new Error('what you want to make exists already');
      },
    });
    expect(late.replayed).toBe(true);
    expect(await rows()).toBe(1);
  });

  it('remembers no refusal: the same key may try again', async () => {
    const { create, rows } = maker(withKey());
    const refused = create({
      before: () => Promise.reject(new Error('not now')),
    });
    await expect(refused).rejects.toThrow('not now');
    expect(await rows()).toBe(0);
    expect((await create()).replayed).toBe(false);
    expect(await rows()).toBe(1);
  });

  it('makes one thing of many requests at once', async () => {
    const { create, rows } = maker(withKey());
    const answers = await Promise.all(Array.from({ length: 16 }, () => create()));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await rows()).toBe(1);
  });
});
