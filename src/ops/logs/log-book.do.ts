import { DurableObject } from 'cloudflare:workers';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import type { ProcessName } from '../processes/process-names.ts';
import { positionOfRequestId } from '../requests/request-id.model.ts';
import type { RequestEntry, RequestFilters, RequestPage, StoredRequest } from '../requests/request-log.types.ts';
import {
  createRequestReader,
  createRequestRing,
  REQUEST_RING_STATEMENTS,
  REQUESTS_FORGOTTEN_STATEMENTS,
} from '../requests/request-ring.ts';
import { createLineRing, LINE_RING_STATEMENTS } from './line-ring.ts';
import type { FeedFilter, LinePage, ProcessLogLine } from './log-book.types.ts';
import { createLogFeed } from './log-feed.ts';

const migrations = [
  { id: '0001-lines', statements: LINE_RING_STATEMENTS },
  { id: '0002-requests', statements: REQUEST_RING_STATEMENTS },
  { id: '0003-requests-forgotten', statements: REQUESTS_FORGOTTEN_STATEMENTS },
];

/**
 * Rings: in one object what the background processes did, in the others the proxied requests of some accounts; and those
 * who watch them. Between an append and what it tells there is no await: a watcher gets each item once, in order.
 */
export class LogBook extends DurableObject<Env> {
  readonly #lines = createLineRing(this.ctx.storage.sql);
  readonly #requests = createRequestReader(this.ctx.storage.sql);
  readonly #requestRing = createRequestRing(this.ctx.storage.sql);
  readonly #feed = createLogFeed(this.ctx);

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    void state.blockConcurrencyWhile(async () => runMigrations(state.storage, migrations));
  }

  async append(lines: ProcessLogLine[]): Promise<void> {
    const kept = this.ctx.storage.transactionSync(() => this.#lines.append(lines));
    this.#feed.tell('lines', kept);
  }

  /** The newest lines of some processes (null: of all), oldest first. */
  async newest(processes: ProcessName[] | null, maxLines: number): Promise<LinePage> {
    return this.#lines.newest(processes, maxLines);
  }

  async appendRequests(entries: RequestEntry[]): Promise<void> {
    const kept = this.ctx.storage.transactionSync(() => this.#requestRing.append(entries));
    this.#feed.tell('requests', kept);
  }

  /** Deletes requests that began before; returns how many. */
  async forgetRequests(startedBeforeMs: number): Promise<number> {
    return this.ctx.storage.transactionSync(() => this.#requestRing.forgetBefore(startedBeforeMs));
  }

  async listRequests(filters: RequestFilters, limit: number): Promise<RequestPage> {
    return this.#requests.list(filters, limit);
  }

  async findRequest(id: string, accountId: string | null): Promise<StoredRequest | null> {
    return this.#requests.find(id, accountId);
  }

  /** Opens a socket of what happens: `?filter=` a `FeedFilter`, `&after=` a line's position or a request's id to go on from. */
  override async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const filter: FeedFilter = JSON.parse(query.get('filter') ?? '');
    const after = query.get('after');
    const isOfLines = filter.kind === 'lines';
    const last = isOfLines ? this.#lines.lastPosition() : this.#requests.lastPosition();
    const named = after === null ? last : isOfLines ? Number(after) : positionOfRequestId(after, last);
    // A position that was never reached is one of another life of this object.
    const position = named < 0 || named > last ? last : named;
    return this.#feed.open(filter, {
      position,
      items: isOfLines
        ? this.#lines.after(position, filter.processes)
        : this.#requests.after(position, filter.accountId),
      hasForgotten: isOfLines
        ? this.#lines.hasForgotten(position, filter.processes)
        : this.#requests.hasForgotten(position, filter.accountId),
    });
  }
}
