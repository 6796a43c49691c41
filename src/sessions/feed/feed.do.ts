import { DurableObject } from 'cloudflare:workers';
import { systemClock, toTimestamp } from '../../platform/clock.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import {
  CLOSE_POLICY_VIOLATION,
  CLOSE_TOO_BIG,
  CLOSE_UNSUPPORTED_DATA,
  createSocketHub,
} from '../../platform/durable/socket-hub.ts';
import { createLogger, describeError } from '../../platform/log/logger.ts';
import { feedMigrations } from './feed.do-migrations.ts';
import { createFeedStorage, type FeedStorage, TAIL_KEPT_MS } from './feed.storage.ts';
import { type FeedListener, type FeedMessage, LISTENER_HEADER } from './feed.types.ts';
import { readFeedFigures } from './feed-figures.ts';
import { accountOfFeed, tagsOf } from './feed-names.model.ts';
import { nextStatsAtMs } from './stats-turns.model.ts';

/** Listeners of one feed: twice what is promised, far below the platform's 32,768. */
export const MAX_LISTENERS = 2_000;
/** A text of a client that is sent back; whoever wants to know whether we live needs no more. */
export const MAX_ECHOED_CHARACTERS = 4_096;

/** What changes the figures that a stats_update tells. */
const CHANGES_STATS: ReadonlySet<string> = new Set(['session_start', 'session_end']);

/** Live messages for who listens; nothing is kept but the tail. */
export class Feed extends DurableObject<Env> {
  /** Tests put their own here. */
  clock = systemClock;
  readonly #storage: FeedStorage;
  readonly #hub = createSocketHub(this.ctx, MAX_LISTENERS);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    runMigrations(ctx.storage, feedMigrations);
    this.#storage = createFeedStorage(ctx.storage);
  }

  /** The upgrade of a listener whom the Worker knows: 101, 401 when its key or ticket is used up, 503 when it is full. */
  override async fetch(request: Request): Promise<Response> {
    const listener: FeedListener = JSON.parse(request.headers.get(LISTENER_HEADER) ?? '');
    const tags = tagsOf(listener);
    if (!this.#storage.admits(listener, tags, this.clock.nowMs())) return new Response(null, { status: 401 });
    const accepted = this.#hub.accept(tags);
    if (!accepted) return new Response(null, { status: 503 });
    for (const text of this.#storage.newest(listener.tail)) accepted.socket.send(text);
    return accepted.response;
  }

  /** Tells everyone who listens; returns how many do. */
  async publish(messages: readonly FeedMessage[]): Promise<number> {
    const texts = messages.map((message) => JSON.stringify(message));
    this.#storage.keep(texts, this.clock.nowMs());
    this.#hub.broadcast(texts);
    const listeners = this.#hub.count();
    if (listeners > 0 && messages.some(({ type }) => CHANGES_STATS.has(type))) await this.#statsSoon();
    await this.#ringAt(this.clock.nowMs() + TAIL_KEPT_MS);
    return listeners;
  }

  /** A key or an account that is no more: its sockets end, and nobody comes in by it again. */
  async end(tag: string): Promise<void> {
    const nowMs = this.clock.nowMs();
    this.#storage.end(tag, nowMs);
    await this.#ringAt(nowMs + TAIL_KEPT_MS);
    this.#hub.close(CLOSE_POLICY_VIOLATION, 'the key is no longer good', tag);
  }

  /** An account that is there again. */
  async reopen(tag: string): Promise<void> {
    this.#storage.reopen(tag);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (typeof message !== 'string') return socket.close(CLOSE_UNSUPPORTED_DATA, 'text only');
    if (message.length > MAX_ECHOED_CHARACTERS) return socket.close(CLOSE_TOO_BIG, 'too long');
    socket.send(JSON.stringify({ type: 'pong', data: message }));
  }

  /** The platform leaves the answer to a goodbye to us; a client that gets none waits for it (RFC 6455 section 7.1.1). */
  override async webSocketClose(socket: WebSocket): Promise<void> {
    socket.close();
  }

  override async alarm(): Promise<void> {
    await this.#sendStats();
    const nowMs = this.clock.nowMs();
    if (this.#storage.forgetOld(nowMs)) await this.#ringAt(nowMs + TAIL_KEPT_MS);
  }

  /** Has the alarm ring by then. It does everything that is due, so who set it is no matter. */
  async #ringAt(atMs: number): Promise<void> {
    const setToMs = await this.ctx.storage.getAlarm();
    if (setToMs === null || setToMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  async #statsSoon(): Promise<void> {
    const dueAtMs = nextStatsAtMs(this.#storage.stats().sentAtMs);
    if (dueAtMs <= this.clock.nowMs()) return this.#sendStats();
    await this.#ringAt(dueAtMs);
  }

  async #sendStats(): Promise<void> {
    if (this.#hub.count() === 0) return;
    const nowMs = this.clock.nowMs();
    // Before the figures are read: who comes meanwhile waits for the next turn, and so sees what this one may miss.
    this.#storage.noteStatsTurn(nowMs);
    try {
      const data = await readFeedFigures(this.env.DB, accountOfFeed(this.ctx.id.name));
      const text = JSON.stringify(data);
      if (text === this.#storage.stats().sent) return;
      this.#storage.noteStats(text);
      const message: FeedMessage = { type: 'stats_update', timestamp: toTimestamp(this.clock.nowMs()), data };
      this.#hub.broadcast([JSON.stringify(message)]);
    } catch (error) {
      createLogger({ object: 'Feed' }).error('stats update failed', describeError(error));
    }
  }
}
