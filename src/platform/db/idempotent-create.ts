import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { appError } from '../errors/app-error.ts';
import { IDEMPOTENT_ANSWER_KEPT_MS, type Idempotency } from '../http/idempotency.ts';
import type { Database } from './client.ts';
import { idempotentAnswers } from './platform.tables.ts';

export interface CreateAnswer<T> {
  status: number;
  body: T;
  replayed: boolean;
}

interface IdempotentCreate<T> {
  database: Database;
  accountId: string;
  idempotency: Idempotency | null;
  nowMs: number;
  status: number;
  /** The answer and the writes that make it true; all of them, and the remembered answer, commit together. */
  prepare(): Promise<{ body: T; writes: [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]] }>;
}

async function findAnswer<T>({
  database,
  accountId,
  idempotency,
  nowMs,
}: IdempotentCreate<T>): Promise<CreateAnswer<T> | null> {
  if (!idempotency) return null;
  const [row] = await database
    .select()
    .from(idempotentAnswers)
    .where(
      and(
        eq(idempotentAnswers.accountId, accountId),
        eq(idempotentAnswers.idempotencyKey, idempotency.key),
        gt(idempotentAnswers.expiresAtMs, nowMs),
      ),
    );
  if (!row) return null;
  if (row.requestHash !== idempotency.requestHash) throw appError('IDEMPOTENCY_KEY_REUSED');
  return { status: row.status, body: JSON.parse(row.body), replayed: true };
}

async function createAndRemember<T>(create: IdempotentCreate<T>, idempotency: Idempotency): Promise<CreateAnswer<T>> {
  const { database, accountId, nowMs, status } = create;
  const { body, writes } = await create.prepare();
  const expired = and(
    eq(idempotentAnswers.accountId, accountId),
    eq(idempotentAnswers.idempotencyKey, idempotency.key),
    lte(idempotentAnswers.expiresAtMs, nowMs),
  );
  await database.batch([
    database.delete(idempotentAnswers).where(expired),
    database.insert(idempotentAnswers).values({
      accountId,
      idempotencyKey: idempotency.key,
      requestHash: idempotency.requestHash,
      status,
      body: JSON.stringify(body),
      expiresAtMs: nowMs + IDEMPOTENT_ANSWER_KEPT_MS,
    }),
    ...writes,
  ]);
  return { status, body, replayed: false };
}

/** Creates something in D1 once for each Idempotency-Key; without a key, just creates it. */
export async function createOnce<T>(create: IdempotentCreate<T>): Promise<CreateAnswer<T>> {
  const { database, idempotency, status } = create;
  if (!idempotency) {
    const { body, writes } = await create.prepare();
    await database.batch(writes);
    return { status, body, replayed: false };
  }
  const first = await findAnswer(create);
  if (first) return first;
  try {
    return await createAndRemember(create, idempotency);
  } catch (error) {
    // The same key may have won the race since our look, and what it made may be what was in our way: its answer counts.
    const winner = await findAnswer(create);
    if (winner) return winner;
    throw error;
  }
}

/** Deletes answers whose time is over, `maxRows` at most; returns how many. */
export async function forgetExpiredAnswers(database: Database, nowMs: number, maxRows: number): Promise<number> {
  const { meta } = await database.run(sql`DELETE FROM idempotent_answers WHERE (account_id, idempotency_key) IN (
    SELECT account_id, idempotency_key FROM idempotent_answers WHERE expires_at <= ${nowMs} LIMIT ${maxRows})`);
  return meta.changes;
}
