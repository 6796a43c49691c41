import type { ProxyView } from '../../../api-client/pool.types.ts';

/** Its status; an active one that failed its last round says so. */
export function StatusTag({ proxy: { status, leasable } }: { proxy: Pick<ProxyView, 'status' | 'leasable'> }) {
  if (status === 'active' && leasable) return <span class="tag tag-good">active</span>;
  if (status === 'active') return <span class="tag tag-waiting">failing</span>;
  if (status === 'dead') return <span class="tag tag-bad">dead</span>;
  return <span class="tag">{status}</span>;
}
