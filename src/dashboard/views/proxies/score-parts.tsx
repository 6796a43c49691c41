import type { ProxyDetail } from '../../../api-client/pool.types.ts';

type Parts = NonNullable<ProxyDetail['explanation']['score_parts']>;

const names: readonly (readonly [keyof Parts, string])[] = [
  ['uptime', 'Uptime'],
  ['latency', 'Speed'],
  ['recency', 'Recency'],
  ['anonymity', 'Anonymity'],
];

/** What a score is made of: each part's value, how much it weighs, what it adds. */
export function ScoreParts({ score, parts }: { score: number | null; parts: Parts | null }) {
  if (parts === null) {
    return (
      <section aria-label="Score">
        <h3>Score {score === null ? '–' : score.toFixed(2)}</h3>
        <p class="muted">A score is made of the last passed check; there is none yet, or the next one is awaited.</p>
      </section>
    );
  }
  return (
    <section aria-label="Score">
      <h3>Score {score === null ? '–' : score.toFixed(2)}</h3>
      <ul class="bar-list">
        {names.map(([name, title]) => (
          <li key={name}>
            <span class="bar-name">{title}</span>
            <span class="bar-track" aria-hidden="true">
              <span class="tone-accent" style={{ width: `${parts[name].value * 100}%` }} />
            </span>
            <span class="bar-count">
              {parts[name].value.toFixed(2)} × {parts[name].weight.toFixed(2)} = {parts[name].points.toFixed(2)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
