import type { BookProxy } from './book-proxy.model.ts';
import type { BookState, BookWrite, Effect } from './book-state.model.ts';
import { expireDue, forgetProxy, serveWaiters } from './lease-book.model.ts';
import type { HoldRequest, HoldResult } from './lease-book.types.ts';

// Proxies that routing has for itself. It says which by a whole list at a revision, as often as it likes: a list that
// comes late, twice or after a crash leads to the same.

function take(state: BookState, proxy: BookProxy): BookWrite {
  state.index.remove(proxy);
  proxy.held = true;
  state.held.set(proxy.id, proxy);
  return { kind: 'held', proxy };
}

function letGo(state: BookState, proxy: BookProxy): BookWrite {
  state.held.delete(proxy.id);
  proxy.held = false;
  if (proxy.leasable) state.index.add(proxy);
  const isOver = !proxy.leasable && proxy.revision <= state.watermark;
  return isOver ? forgetProxy(state, proxy) : { kind: 'held', proxy };
}

/**
 * Makes a list of what routing is to have hold: what it no longer names is free for those who wait, and then for anyone;
 * what is free is taken. What is leased is not, however often it is asked for.
 */
export function hold(state: BookState, { revision, proxyIds }: HoldRequest, nowMs: number): Effect<HoldResult> {
  if (revision < state.holdsRevision) return { outcome: { ok: false, code: 'OUTDATED' }, writes: [], served: [] };
  const { writes, served } = expireDue(state, nowMs);
  const wanted = new Set(proxyIds);
  const released = [...state.held.values()].filter(({ id }) => !wanted.has(id));
  for (const proxy of released) writes.push(letGo(state, proxy));
  served.push(...serveWaiters(state, released, nowMs, writes));
  for (const id of wanted) {
    const proxy = state.proxies.get(id);
    if (proxy?.leasable && !proxy.held && proxy.lease === null) writes.push(take(state, proxy));
  }
  if (revision > state.holdsRevision) writes.push({ kind: 'holds', revision });
  state.holdsRevision = revision;
  return { outcome: { ok: true, held: [...wanted].filter((id) => state.held.has(id)) }, writes, served };
}
