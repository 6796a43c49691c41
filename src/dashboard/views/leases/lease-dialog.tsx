import { useState } from 'preact/hooks';
import type { AcquiredLease } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { useSpending } from '../../api/spend.ts';
import { hashOf } from '../../app/route.model.ts';
import { Busy } from '../../parts/busy.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField } from '../../parts/field.tsx';
import { type Wanted, wantedBody } from '../proxies/wanted.model.ts';
import { WantedFields } from '../proxies/wanted-fields.tsx';
import { Countdown } from './countdown.tsx';
import { leaseSpans } from './lease-spans.ts';

interface LeaseDialogProps {
  wanted: Wanted;
  onClose: () => void;
}

const preferences = [
  ['best', 'The best score'],
  ['fastest', 'The lowest latency'],
  ['least_used', 'Leased longest ago'],
  ['random', 'Any'],
] as const;

const waits = [
  ['0', 'Don’t wait'],
  ['10', '10 seconds'],
  ['30', '30 seconds'],
] as const;

function Leased({ lease }: { lease: AcquiredLease }) {
  const { proxy } = lease;
  const curl = `curl -x '${proxy.url}' https://example.com`;
  return (
    <section aria-label="Your lease">
      <p class="note note-good">
        <strong>It is yours</strong> <Countdown until={lease.expires_at} />
      </p>
      <p class="secret">
        <code>{proxy.url}</code>
        <CopyButton text={proxy.url} what="the proxy’s URL" />
      </p>
      <p class="secret">
        <code>{curl}</code>
        <CopyButton text={curl} what="the command" />
      </p>
      <p>
        {lease.credits_remaining} credits left. <a href={hashOf('leases')}>See all your leases</a>
      </p>
    </section>
  );
}

/** Leases a proxy, for a credit. */
export function LeaseDialog({ wanted: first, onClose }: LeaseDialogProps) {
  const [wanted, setWanted] = useState(first);
  const [terms, setTerms] = useState({ seconds: '300', prefer: 'best', wait: '0' });
  const set = (name: keyof typeof terms) => (value: string) => setTerms({ ...terms, [name]: value });
  const leasing = useSpending({
    ask: (json: object, idempotencyKey) => call<AcquiredLease>('POST', '/proxies/acquire', { json, idempotencyKey }),
  });
  const submit = (event: Event) => {
    event.preventDefault();
    leasing.mutate({
      ...wantedBody(wanted),
      lease_duration_seconds: Number(terms.seconds),
      prefer: terms.prefer,
      wait_seconds: Number(terms.wait),
    });
  };
  return (
    <Drawer title="Lease a proxy" kind="middle" onClose={onClose}>
      {leasing.data ? (
        <Leased lease={leasing.data} />
      ) : (
        <form class="form" onSubmit={submit}>
          <p class="muted">It costs one credit, and nobody else has the proxy until the lease ends.</p>
          <WantedFields wanted={wanted} onChange={setWanted} />
          <div class="fields">
            <SelectField label="For" value={terms.seconds} onValue={set('seconds')} options={leaseSpans} />
            <SelectField label="Of several" value={terms.prefer} onValue={set('prefer')} options={preferences} />
            <SelectField label="If all are leased" value={terms.wait} onValue={set('wait')} options={waits} />
          </div>
          {leasing.error && <ErrorNote error={leasing.error} />}
          <button type="submit" class="primary" disabled={leasing.isPending}>
            Lease for 1 credit
          </button>
          {leasing.isPending && <Busy label="Leasing" />}
        </form>
      )}
    </Drawer>
  );
}
