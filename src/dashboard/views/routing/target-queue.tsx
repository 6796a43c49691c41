import type { IpState } from '../../api/routing-types.ts';
import { useNowMs } from '../../app/clock.ts';
import { StackedBar } from '../../parts/bars.tsx';
import { Busy } from '../../parts/busy.tsx';
import { Facts } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatAgo, formatCount, formatCountdown, formatLatency } from '../../parts/format.model.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { countStates, type QueueCounts } from './picture.model.ts';
import { useQueue } from './routing-queries.ts';

const columns = [
  { title: 'Address' },
  { title: 'State' },
  { title: 'Failures', kind: 'number' },
  { title: 'Requests', kind: 'number' },
] as const;

const stateNames: Record<IpState['state'], string> = {
  FREE: 'free',
  IN_USE: 'in use',
  HELD: 'on hold',
  QUARANTINED: 'quarantined',
};
const tones = { FREE: 'good', IN_USE: 'accent', HELD: 'waiting', QUARANTINED: 'bad' } as const;
const states = ['FREE', 'IN_USE', 'HELD', 'QUARANTINED'] as const;

/** The addresses of a target by what they are doing. */
export function QueueBar({ label, counts }: { label: string; counts: QueueCounts }) {
  const bars = states.map((state) => ({ name: stateNames[state], count: counts[state], tone: tones[state] }));
  return <StackedBar label={label} bars={bars} />;
}

function AddressRow({ ip: { address, state, failures, releaseAt, requestCount } }: { ip: IpState }) {
  const nowMs = useNowMs();
  const leftMs = releaseAt === null ? null : Date.parse(releaseAt) - nowMs;
  return (
    <tr>
      <td>{address}</td>
      <td>
        <span class={`tag ${{ good: 'tag-good', accent: '', waiting: 'tag-waiting', bad: 'tag-bad' }[tones[state]]}`}>
          {stateNames[state]}
        </span>{' '}
        {leftMs !== null && leftMs > 0 && <span class="countdown">{formatCountdown(leftMs)} left</span>}
      </td>
      <td class="number">{failures}</td>
      <td class="number">{formatCount(requestCount)}</td>
    </tr>
  );
}

/** The queue of a target this moment: each of its addresses, and what came of the requests. */
export function TargetQueue({ name }: { name: string }) {
  const nowMs = useNowMs();
  const queue = useQueue(name);
  if (!queue.data) {
    return queue.error ? (
      <ErrorNote error={queue.error} retry={() => void queue.refetch()} />
    ) : (
      <Busy label="Asking for the queue" />
    );
  }
  const { targetIpStates: ips, targetMetrics: metrics } = queue.data;
  return (
    <section aria-label="Queue">
      <h3>Queue</h3>
      <QueueBar label="Addresses by state" counts={countStates(ips)} />
      <Facts
        facts={[
          ['Requests', formatCount(metrics.totalRequests)],
          ['Succeeded, failed', `${formatCount(metrics.successRequests)}, ${formatCount(metrics.failedRequests)}`],
          ['Average latency', formatLatency(metrics.avgLatencyMs)],
          ['Last request', formatAgo(metrics.lastRequestAt, nowMs)],
        ]}
      />
      <PlainTable label="Addresses" columns={columns}>
        {ips.map((ip) => (
          <AddressRow key={ip.address} ip={ip} />
        ))}
      </PlainTable>
    </section>
  );
}
