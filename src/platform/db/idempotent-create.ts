import { and, eq, gt, lte } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { appError } from '../errors/app-error.ts';
import { IDEMPOTENT_ANSWER_KEPT_MS, type Idempotency } from '../http/idempotency.ts';
import { type Database, isUniqueViolation } from './client.ts';
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

/** Creates something in D1 once for each Idempotency-Key; without a key, just creates it. */
export async function createOnce<T>(create: IdempotentCreate<T>): Promise<CreateAnswer<T>> {
  const { database, accountId, idempotency, nowMs, status } = create;
  const first = await findAnswer(create);
  if (first) return first;
  const { body, writes } = await create.prepare();
  if (!idempotency) {
    await database.batch(writes);
    return { status, body, replayed: false };
  }
  const expired = and(
    eq(idempotentAnswers.accountId, accountId),
    eq(idempotentAnswers.idempotencyKey, idempotency.key),
    lte(idempotentAnswers.expiresAtMs, nowMs),
  );
  try {
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
  } catch (error) {
    // The same key won the race between our look and our write: its answer is the answer.
    const winner = isUniqueViolation(error, 'idempotent_answers') ? await findAnswer(create) : null;
    if (winner) return winner;
    throw error;
  }
  return { status, body, replayed: false };
}
