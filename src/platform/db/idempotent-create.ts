import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { appError } from '../errors/app-error.ts';
import { IDEMPOTENT_ANSWER_KEPT_MS, type Idempotency } from '../http/idempotency.ts';
import type { Database } from './client.ts';
import { idempotentAnswers } from './platform.tables.ts';
import { prepareWrite, type Write } from './writes.ts';

export interface CreateAnswer<T> {
  status: number;
  body: T;
  replayed: boolean;
}

/** Whose request it is, and what its answer is called. */
interface OnceOptions {
  database: Database;
  accountId: string;
  idempotency: Idempotency | null;
  nowMs: number;
  status: number;
}

interface IdempotentCreate<T> extends OnceOptions {
  /** The answer and the writes that make it true; all of them, and the remembered answer, commit together. */
  prepare(): Promise<{ body: T; writes: [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]] }>;
}

interface AnsweredWrites extends OnceOptions {
  binding: D1Database;
  writes: readonly Write[];
  /** An SQL expression, and what is bound to it, that makes the answer's JSON after the writes, in their transaction. */
  answer: Write;
}

async function findAnswer<T>({
  database,
  accountId,
  idempotency,
  nowMs,
}: OnceOptions): Promise<CreateAnswer<T> | null> {
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

async function createAndRemember<T>(create: IdempotentCreate<T>, idempotency: Idempotency): Promise<T> {
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
  return body;
}

/** Runs what creates, unless the key has its answer already. */
async function once<T>(options: OnceOptions, create: () => Promise<T>): Promise<CreateAnswer<T>> {
  const { status } = options;
  if (!options.idempotency) return { status, body: await create(), replayed: false };
  const first = await findAnswer<T>(options);
  if (first) return first;
  try {
    return { status, body: await create(), replayed: false };
  } catch (error) {
    // The same key may have won the race since our look, and what it made may be what was in our way: its answer counts.
    const winner = await findAnswer<T>(options);
    if (winner) return winner;
    throw error;
  }
}

/** Creates something in D1 once for each Idempotency-Key; without a key, just creates it. */
export function createOnce<T>(create: IdempotentCreate<T>): Promise<CreateAnswer<T>> {
  const { database, idempotency } = create;
  return once(create, async () => {
    if (idempotency) return createAndRemember(create, idempotency);
    const { body, writes } = await create.prepare();
    await database.batch(writes);
    return body;
  });
}

/** The writes that remember an answer. Its expression comes first: its parameters are `?`, or counted from `?1`. */
function rememberWrites({ accountId, nowMs, status, answer }: AnsweredWrites, idempotency: Idempotency): Write[] {
  const [expression, ...parameters] = answer;
  const expiresAtMs = nowMs + IDEMPOTENT_ANSWER_KEPT_MS;
  const { key, requestHash } = idempotency;
  return [
    [
      'DELETE FROM idempotent_answers WHERE account_id = ?1 AND idempotency_key = ?2 AND expires_at <= ?3',
      accountId,
      key,
      nowMs,
    ],
    [
      `INSERT INTO idempotent_answers (body, account_id, idempotency_key, request_hash, status, expires_at)
        VALUES (${expression}, ?, ?, ?, ?, ?)`,
      ...parameters,
      accountId,
      key,
      requestHash,
      status,
      expiresAtMs,
    ],
  ];
}

/** Like `createOnce`, for an answer that only the database knows: a number that it counts, for example. */
export function writeOnce<T>(create: AnsweredWrites): Promise<CreateAnswer<T>> {
  const { binding, writes, answer, idempotency } = create;
  return once(create, async () => {
    const [expression, ...parameters] = answer;
    const results = await binding.batch<{ body: string }>([
      ...writes.map((write) => prepareWrite(binding, write)),
      ...(idempotency ? rememberWrites(create, idempotency).map((write) => prepareWrite(binding, write)) : []),
      prepareWrite(binding, [`SELECT ${expression} AS body`, ...parameters]),
    ]);
    return JSON.parse(results.at(-1)?.results[0]?.body ?? 'null');
  });
}

/** Deletes answers whose time is over, `maxRows` at most; returns how many. */
export async function forgetExpiredAnswers(database: Database, nowMs: number, maxRows: number): Promise<number> {
  const { meta } = await database.run(sql`DELETE FROM idempotent_answers WHERE (account_id, idempotency_key) IN (
    SELECT account_id, idempotency_key FROM idempotent_answers WHERE expires_at <= ${nowMs} LIMIT ${maxRows})`);
  return meta.changes;
}
