import type { BookLease, BookProxy } from '../../../../src/proxy-pool/leases/book-proxy.model.ts';
import type { BookWrite, EndedLease, StoredBook } from '../../../../src/proxy-pool/leases/book-state.model.ts';

type StoredProxy = Omit<BookProxy, 'lease'> & { lease: BookLease | null };

/** A book's rows, which outlive its crashes: what `lease-book.storage.ts` does, over maps. */
export function createStoredBook() {
  const proxies = new Map<string, string>();
  const ended = new Map<string, EndedLease>();
  let watermark = 0;
  let checkpoint = 0;
  let holdsRevision = 0;

  const put = (proxy: BookProxy): void => void proxies.set(proxy.id, JSON.stringify(proxy));

  const putLease = (proxy: BookProxy): void => {
    const stored = proxies.get(proxy.id);
    if (stored === undefined) return;
    const { leaseSequence, lease } = proxy;
    proxies.set(proxy.id, JSON.stringify({ ...JSON.parse(stored), leaseSequence, lease }));
  };

  const putHeld = ({ id, held }: BookProxy): void => {
    const stored = proxies.get(id);
    if (stored !== undefined) proxies.set(id, JSON.stringify({ ...JSON.parse(stored), held }));
  };

  const putOther = (write: Exclude<BookWrite, { kind: 'proxy' | 'lease' | 'held' }>): void => {
    if (write.kind === 'remove') proxies.delete(write.proxyId);
    if (write.kind === 'watermark') watermark = write.revision;
    if (write.kind === 'holds') holdsRevision = write.revision;
    if (write.kind === 'checkpoint') checkpoint = write.throughSequence;
    if (write.kind === 'ended') {
      if (ended.has(write.leaseId)) throw new Error('UNIQUE constraint failed: ended_leases.lease_id');
      const { accountId, how, endedAtMs } = write;
      ended.set(write.leaseId, { accountId, how, endedAtMs, dead: null });
    }
    if (write.kind === 'refund_owed') {
      const { leaseId, proxyId } = write.owed;
      const row = ended.get(leaseId);
      if (row) ended.set(leaseId, { ...row, how: 'dead', dead: { proxyId, refund: null } });
    }
    if (write.kind === 'refund_done') {
      const row = ended.get(write.leaseId);
      if (row?.dead) ended.set(write.leaseId, { ...row, dead: { ...row.dead, refund: write.refund } });
    }
  };

  return {
    write(writes: readonly BookWrite[]): void {
      const removed = new Set(writes.flatMap((write) => (write.kind === 'remove' ? [write.proxyId] : [])));
      for (const write of writes) if (write.kind === 'proxy' && !removed.has(write.proxy.id)) put(write.proxy);
      for (const write of writes) {
        if (write.kind === 'lease') putLease(write.proxy);
        else if (write.kind === 'held') putHeld(write.proxy);
        else if (write.kind !== 'proxy') putOther(write);
      }
    },
    read: (): StoredBook => ({
      proxies: Array.from(proxies.values(), (text): StoredProxy => JSON.parse(text)),
      watermark,
      settledThroughSequence: checkpoint,
      holdsRevision,
      owedRefunds: [...ended].flatMap(([leaseId, { accountId, dead }]) =>
        dead !== null && dead.refund === null ? [{ leaseId, accountId, proxyId: dead.proxyId }] : [],
      ),
    }),
    findEnded: (leaseId: string): EndedLease | null => ended.get(leaseId) ?? null,
  };
}

export type StoredBookRows = ReturnType<typeof createStoredBook>;
