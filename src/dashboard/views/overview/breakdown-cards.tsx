import type { PoolStats } from '../../../api-client/pool.types.ts';
import { hashOf } from '../../app/route.model.ts';
import { BarList, Columns } from '../../parts/bars.tsx';
import { Card } from '../../parts/card.tsx';
import { countryName, formatNoun } from '../../parts/format.model.ts';

interface StatsProps {
  stats: PoolStats;
}

const protocols = ['http', 'https', 'socks4', 'socks5'] as const;
const levels = ['elite', 'anonymous', 'transparent'] as const;

export function CompositionCard({ stats }: StatsProps) {
  const byProtocol = protocols.map((protocol) => ({
    name: protocol,
    count: stats.by_protocol[protocol],
    href: hashOf('proxies', [], { protocol }),
  }));
  const byAnonymity = levels.map((anonymity) => ({
    name: anonymity,
    count: stats.by_anonymity[anonymity],
    href: hashOf('proxies', [], { anonymity }),
  }));
  return (
    <Card title="By protocol and anonymity">
      <BarList label="Proxies by protocol" bars={byProtocol} />
      <hr />
      <BarList label="Proxies by anonymity" bars={byAnonymity} />
    </Card>
  );
}

/** More would be a list to read, not a picture. */
const SHOWN_COUNTRIES = 8;

export function CountryCard({ stats }: StatsProps) {
  const all = Object.entries(stats.by_country).sort(([, left], [, right]) => right - left);
  const bars = all.slice(0, SHOWN_COUNTRIES).map(([country, count]) => ({
    name: countryName(country),
    count,
    href: hashOf('proxies', [], { status: 'active', country }),
  }));
  const left = all.length - bars.length;
  return (
    <Card title="Alive by country">
      {bars.length === 0 && <p class="muted">A country is known once a proxy has passed its checks.</p>}
      <BarList label="Active proxies by country" bars={bars} />
      {left > 0 && <p class="muted">and {formatNoun(left, 'more country', 'more countries')}</p>}
    </Card>
  );
}

export function ScoreCard({ stats }: StatsProps) {
  const columns = stats.by_score.map((count, tenth) => ({
    name: `.${tenth}`,
    count,
    href: hashOf('proxies', [], { status: 'active', min_score: (tenth / 10).toFixed(1) }),
  }));
  return (
    <Card title="Alive by score">
      <Columns label="Active proxies by score, from 0 to 1" columns={columns} />
      <p class="muted">0.40·uptime + 0.35·speed + 0.15·recency + 0.10·anonymity</p>
    </Card>
  );
}
