import { useState } from 'preact/hooks';
import { useCredits, useLeases } from '../../api/queries.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatCount } from '../../parts/format.model.ts';
import { anyWanted } from '../proxies/wanted.model.ts';
import { LeaseDialog } from './lease-dialog.tsx';
import { LeaseRow } from './lease-row.tsx';
import { Ledger } from './ledger.tsx';

function LeaseList() {
  const leases = useLeases();
  if (leases.error && !leases.data) return <ErrorNote error={leases.error} retry={() => void leases.refetch()} />;
  if (!leases.data) return <Busy label="Asking for your leases" />;
  if (leases.data.items.length === 0) {
    return (
      <p class="muted">
        You have no lease. Lease a proxy, put its URL into your program, and release it when you are done.
      </p>
    );
  }
  return (
    <ul class="leases" aria-label="Your leases">
      {leases.data.items.map((lease) => (
        <LeaseRow key={lease.lease_id} lease={lease} />
      ))}
    </ul>
  );
}

/** What I have, how long still, and what it cost. */
export function Leases() {
  const credits = useCredits();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <header class="view-header">
        <h1>Leases and credits</h1>
        <p class="muted" role="status">
          {credits.data ? `${formatCount(credits.data.balance)} credits left` : ''}
        </p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => setIsAsking(true)}>
            Lease one
          </button>
        </div>
      </header>
      <Card title="Running leases">
        <LeaseList />
      </Card>
      <Ledger balance={credits.data?.balance ?? null} />
      {isAsking && <LeaseDialog wanted={anyWanted} onClose={() => setIsAsking(false)} />}
    </>
  );
}
