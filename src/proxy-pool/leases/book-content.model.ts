import { type BookProxy, createBookProxy, isOffered, updateBookProxy } from './book-proxy.model.ts';
import type { BookState, BookWrite, Effect } from './book-state.model.ts';
import { forgetProxy, serveWaiters } from './lease-book.model.ts';
import type { BookProxyRow } from './lease-book.types.ts';

/** Unleasable proxies remembered against late news of them; the next pull corrects what a dropped one lets through. */
export const MAX_TOMBSTONES = 50_000;

/** Takes one row over; the proxy when it can be leased because of it. */
function applyRow(
  state: BookState,
  row: BookProxyRow,
  nextWatermark: number,
  writes: BookWrite[],
): { changed: boolean; freed: BookProxy | null } {
  const known = state.proxies.get(row.id);
  const needsNoTombstone = known === undefined && !row.leasable && row.revision <= nextWatermark;
  // What the watermark has passed was told by a pull already, or has been overtaken since.
  if (needsNoTombstone || row.revision <= state.watermark || (known !== undefined && row.revision <= known.revision)) {
    return { changed: false, freed: null };
  }
  if (known && isOffered(known)) state.index.remove(known);
  if (known?.leasable === false) state.tombstones.remove(known);
  const proxy = known ?? createBookProxy(row);
  updateBookProxy(proxy, row);
  state.proxies.set(proxy.id, proxy);
  if (isOffered(proxy)) state.index.add(proxy);
  if (!proxy.leasable) state.tombstones.add(proxy);
  writes.push({ kind: 'proxy', proxy });
  return { changed: true, freed: isOffered(proxy) && proxy.lease === null ? proxy : null };
}

/** Tombstones that nothing can contradict any more, and those beyond the limit. One that somebody has waits for its end. */
function clearTombstones(state: BookState): BookWrite[] {
  let excess = state.tombstones.size - MAX_TOMBSTONES;
  const done: BookProxy[] = [];
  for (const proxy of state.tombstones.values()) {
    if (proxy.revision > state.watermark && excess <= 0) break;
    if (proxy.lease === null && !proxy.held) {
      done.push(proxy);
      excess -= 1;
    }
  }
  return done.map((proxy) => forgetProxy(state, proxy));
}

function applyRows(
  state: BookState,
  rows: readonly BookProxyRow[],
  watermark: number | null,
  nowMs: number,
): Effect<number> {
  const writes: BookWrite[] = [];
  const freed: BookProxy[] = [];
  let changed = 0;
  for (const row of rows) {
    const applied = applyRow(state, row, watermark ?? 0, writes);
    if (applied.changed) changed += 1;
    if (applied.freed) freed.push(applied.freed);
  }
  if (watermark !== null && watermark > state.watermark) {
    state.watermark = watermark;
    writes.push({ kind: 'watermark', revision: watermark });
  }
  writes.push(...clearTombstones(state));
  return { outcome: changed, writes, served: serveWaiters(state, freed, nowMs, writes) };
}

/** News of some proxies, in any order and any number of times. The outcome counts the rows that were news. */
export function applyNews(state: BookState, rows: readonly BookProxyRow[], nowMs: number): Effect<number> {
  return applyRows(state, rows, null, nowMs);
}

/** The next changes in order of revision; afterwards everything up to `watermark` is known. */
export function applyPulled(
  state: BookState,
  pulled: { rows: readonly BookProxyRow[]; watermark: number },
  nowMs: number,
): Effect<number> {
  return applyRows(state, pulled.rows, pulled.watermark, nowMs);
}
