import CRC32 from 'crc-32';
import type { Clock } from '../../platform/clock.ts';
import { type Buffered, createCallBuffer } from '../../platform/durable/call-buffer.ts';
import { callStub } from '../../platform/durable/stub-call.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { LogBook } from '../logs/log-book.do.ts';
import { toRequestEntry } from './request-entry.model.ts';
import { REQUEST_LOG_SHARDS, requestIdOf, shardOfRequestId } from './request-id.model.ts';
import type {
  KeptRequest,
  KeptSummary,
  ProxiedRequest,
  RequestDetail,
  RequestEntry,
  RequestFilters,
  RequestPage,
  StoredRequest,
} from './request-log.types.ts';

/** Entries that an isolate holds, 2 to 50 KB each; further ones are dropped rather than hold up what they tell of. */
export const MAX_OPEN_APPENDS = 1_000;

/** Retention looks at one shard each time that it runs. */
const FORGET_INTERVAL_MS = 60_000;

/** What outlives a request in an isolate: entries that are not sent yet, by shard, and how many were given up or held. */
export interface OpenAppends {
  buffered: Buffered<RequestEntry>;
  count: number;
  dropped: number;
}

export function createOpenAppends(): OpenAppends {
  return { buffered: new Map(), count: 0, dropped: 0 };
}

interface Dependencies {
  namespace: DurableObjectNamespace<LogBook>;
  clock: Clock;
  logger: Logger;
  open: OpenAppends;
  /** Keeps a promise running after the answer. */
  waitUntil(work: Promise<unknown>): void;
}

export type Identified<Kept> = Kept & { id: string };

/** The shard of an account's requests. */
export function shardOfAccount(accountId: string): number {
  return (CRC32.str(accountId) >>> 0) % REQUEST_LOG_SHARDS;
}

export function requestShardName(shard: number): string {
  return `requests-${shard}`;
}

const allShards = Array.from({ length: REQUEST_LOG_SHARDS }, (_, shard) => shard);

/** A kept request with its id. */
export function identified<Kept extends KeptSummary>(shard: number, kept: Kept): Identified<Kept> {
  return { ...kept, id: requestIdOf(shard, kept.position) };
}

/** The shards that an account's requests are in; of all accounts (null) all. */
export function shardsOf(accountId: string | null): number[] {
  return accountId === null ? allShards : [shardOfAccount(accountId)];
}

/** The log of proxied requests: the data planes append to it, the ops face reads it. */
export function createRequestLog({ namespace, clock, logger, open, waitUntil }: Dependencies) {
  const shardCall = <Result>(shard: number, call: (stub: DurableObjectStub<LogBook>) => Promise<Result>) =>
    callStub(() => namespace.getByName(requestShardName(shard)), call);

  const entries = createCallBuffer<RequestEntry>({
    buffered: open.buffered,
    clock,
    logger,
    waitUntil,
    charactersOf: ({ detail }) => detail.length,
    async send(shard, waiting) {
      try {
        await shardCall(Number(shard), (stub) => stub.appendRequests(waiting));
      } finally {
        open.count -= waiting.length;
      }
    },
  });

  return {
    /**
     * Adds a proxied request to its account's log, redacted, in the background: those of a moment go together. To be called
     * after the response. It never throws: an entry that can't be written, or is one too many, is told of in the log and
     * hinders nothing.
     */
    append(request: ProxiedRequest): void {
      if (open.count >= MAX_OPEN_APPENDS) {
        open.dropped += 1;
        // Told at 1, 2, 4, 8 …: a flood of entries is not to become a flood of lines.
        if (Number.isInteger(Math.log2(open.dropped))) logger.warn('requests not logged', { dropped: open.dropped });
        return;
      }
      try {
        entries.add(String(shardOfAccount(request.accountId)), toRequestEntry(request));
        open.count += 1;
      } catch (error) {
        logger.error('proxied request not logged', { accountId: request.accountId, ...describeError(error) });
      }
    },

    /** The newest matches, newest first; of all accounts (null) the shards are merged. */
    async list(
      filters: RequestFilters,
      limit: number,
    ): Promise<{ requests: Identified<KeptSummary>[]; totalCount: number }> {
      const shards = shardsOf(filters.accountId);
      const pages = await Promise.all(
        shards.map(async (shard) => {
          const page: RequestPage = await shardCall(shard, (stub) => stub.listRequests(filters, limit));
          return { ...page, requests: page.requests.map((kept) => identified(shard, kept)) };
        }),
      );
      const requests = pages.flatMap((page) => page.requests);
      if (shards.length > 1) requests.sort((left, right) => right.startedAtMs - left.startedAtMs);
      return {
        requests: requests.slice(0, limit),
        totalCount: pages.reduce((sum, page) => sum + page.totalCount, 0),
      };
    },

    /** Deletes those that began before, in the shard of this moment: each has its turn within some minutes. */
    async forget(startedBeforeMs: number, nowMs: number): Promise<number> {
      const shard = Math.floor(nowMs / FORGET_INTERVAL_MS) % REQUEST_LOG_SHARDS;
      return shardCall(shard, async (stub): Promise<number> => stub.forgetRequests(startedBeforeMs));
    },

    /** Null when there is none, or when it is another account's (null: any account's will do). */
    async find(id: string, accountId: string | null): Promise<Identified<KeptRequest> | null> {
      const shard = shardOfRequestId(id);
      if (accountId !== null && shard !== shardOfAccount(accountId)) return null;
      const found: StoredRequest | null = await shardCall(shard, (stub) => stub.findRequest(id, accountId));
      return found && identified(shard, { ...found, detail: JSON.parse(found.detail) as RequestDetail });
    },
  };
}

export type RequestLog = ReturnType<typeof createRequestLog>;
