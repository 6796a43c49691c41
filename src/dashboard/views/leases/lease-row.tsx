import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { AcquiredLease, Lease, ReportedLease } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { useSpending } from '../../api/spend.ts';
import { useNowMs } from '../../app/clock.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { say } from '../../parts/toast.tsx';
import { Working } from '../../parts/working.tsx';
import { Countdown } from './countdown.tsx';
import { leaseSpans } from './lease-spans.ts';

function useLeaseActions({ lease_id: id }: Lease) {
  const client = useQueryClient();
  const path = `/proxies/acquire/${encodeURIComponent(id)}`;
  const release = useMutation({
    mutationFn: () => call('POST', `${path}/release`),
    onSuccess: () => say('Released.'),
    onSettled: () => client.invalidateQueries({ queryKey: ['/account/leases'] }),
  });
  const renew = useSpending({
    ask: (seconds: number, idempotencyKey) =>
      call<AcquiredLease>('POST', `${path}/renew`, { json: { lease_duration_seconds: seconds }, idempotencyKey }),
    onDone: () => say('Renewed for 1 credit.'),
  });
  const report = useSpending({
    ask: (outcome: string, idempotencyKey) =>
      call<ReportedLease>('POST', `${path}/report`, { json: { outcome }, idempotencyKey }),
    onDone: ({ detail }) => say(detail),
  });
  return { release, renew, report };
}

/** How much of its time a lease still has, as a line that gets shorter. */
function TimeLeft({ lease }: { lease: Lease }) {
  const [from, until] = [Date.parse(lease.acquired_at), Date.parse(lease.expires_at)];
  const left = Math.max(0, until - useNowMs()) / Math.max(1, until - from);
  return (
    <span class="bar-track" aria-hidden="true">
      <span class={left < 0.2 ? 'tone-waiting' : 'tone-good'} style={{ width: `${Math.min(1, left) * 100}%` }} />
    </span>
  );
}

export function LeaseRow({ lease }: { lease: Lease }) {
  const { release, renew, report } = useLeaseActions(lease);
  const [seconds, setSeconds] = useState('300');
  const { proxy } = lease;
  const isBusy = release.isPending || renew.isPending || report.isPending;
  const error = release.error ?? renew.error ?? report.error;
  return (
    <li class="lease">
      <p class="lease-url">
        <code>{proxy.url}</code>
        <CopyButton text={proxy.url} what="the proxy’s URL" />
        {proxy.country && <span class="tag">{proxy.country}</span>}
        {proxy.anonymity && <span class="tag">{proxy.anonymity}</span>}
      </p>
      <Countdown until={lease.expires_at} />
      <TimeLeft lease={lease} />
      <div class="actions">
        <select
          aria-label="Renew for"
          value={seconds}
          onChange={(event) => setSeconds(event.currentTarget.value)}
          disabled={isBusy}
        >
          {leaseSpans.map(([value, shown]) => (
            <option key={value} value={value}>
              {shown}
            </option>
          ))}
        </select>
        <button type="button" disabled={isBusy} onClick={() => renew.mutate(Number(seconds))}>
          Renew, 1 credit
        </button>
        <button type="button" disabled={isBusy} onClick={() => release.mutate()}>
          Release
        </button>
        <select
          aria-label="Report what came of it"
          value=""
          disabled={isBusy}
          onChange={(event) => event.currentTarget.value !== '' && report.mutate(event.currentTarget.value)}
        >
          <option value="">Report …</option>
          <option value="ok">It works</option>
          <option value="dead">It is dead</option>
          <option value="blocked">The target blocks it</option>
        </select>
      </div>
      {report.isPending && <Working label="Checking it again" />}
      {error && <ErrorNote error={error} />}
    </li>
  );
}
