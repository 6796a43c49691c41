import { useNowMs } from '../../app/clock.ts';
import { formatCountdown } from '../../parts/format.model.ts';

/** Below this it is time to renew. */
const SOON_MS = 60_000;

/** The time left until then, second by second. */
export function Countdown({ until }: { until: string }) {
  const leftMs = Date.parse(until) - useNowMs();
  if (leftMs <= 0) return <span class="tag">ended</span>;
  return (
    <time dateTime={until} class={`countdown ${leftMs < SOON_MS ? 'countdown-soon' : ''}`}>
      {formatCountdown(leftMs)} left
    </time>
  );
}
