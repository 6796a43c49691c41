import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  appendToOutbox,
  MAX_OUTBOX_ROWS,
  OUTBOX_STATEMENTS,
  readOutbox,
  removeFromOutbox,
} from '../../../src/platform/durable/outbox.ts';

/** An outbox of its own, in an object that has no other use for one. */
async function inOutbox(test: (sql: SqlStorage, storage: DurableObjectStorage) => void): Promise<void> {
  await runInDurableObject(env.LOG_BOOK.getByName(crypto.randomUUID()), (_instance, { storage }) => {
    storage.sql.exec(OUTBOX_STATEMENTS);
    test(storage.sql, storage);
  });
}

const event = (serial: number) => ({ type: 'lease.expired', payload: { serial }, createdAtMs: serial });
const serials = (sql: SqlStorage, limit = 100) => readOutbox(sql, limit).map(({ payload }) => payload.serial);

describe('the outbox of an object', () => {
  it('gives events back oldest first, as they were, until they are removed', async () => {
    await inOutbox((sql) => {
      for (const serial of [1, 2, 3]) appendToOutbox(sql, event(serial));
      expect(serials(sql, 2)).toEqual([1, 2]);
      const again = readOutbox(sql, 2);
      expect(again[0]).toMatchObject(event(1));
      expect(again.map(({ eventId }) => eventId)).toEqual(readOutbox(sql, 2).map(({ eventId }) => eventId));
      removeFromOutbox(sql, again[1]?.position ?? 0);
      expect(serials(sql)).toEqual([3]);
    });
  });

  it('loses the event with the transaction that it belongs to', async () => {
    await inOutbox((sql, storage) => {
      const failing = () =>
        storage.transactionSync(() => {
          appendToOutbox(sql, event(1));
          throw new Error('undone');
        });
      expect(failing).toThrow('undone');
      expect(serials(sql)).toEqual([]);
    });
  });

  it('keeps the newest when nobody takes them away', async () => {
    await inOutbox((sql) => {
      const extra = 5;
      for (let serial = 0; serial < MAX_OUTBOX_ROWS + extra; serial += 1) appendToOutbox(sql, event(serial));
      const kept = serials(sql, 2 * MAX_OUTBOX_ROWS);
      expect([kept.length, kept[0], kept.at(-1)]).toEqual([MAX_OUTBOX_ROWS, extra, MAX_OUTBOX_ROWS + extra - 1]);
    });
  });

  it('keeps what is appended while others are handed on', async () => {
    await inOutbox((sql) => {
      for (const serial of [1, 2]) appendToOutbox(sql, event(serial));
      const handedOn = readOutbox(sql, 10);
      appendToOutbox(sql, event(3));
      removeFromOutbox(sql, handedOn.at(-1)?.position ?? 0);
      expect(serials(sql)).toEqual([3]);
    });
  });
});
