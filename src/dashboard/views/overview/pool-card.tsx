import type { PoolStats } from '../../../api-client/pool.types.ts';
import { hashOf } from '../../app/route.model.ts';
import { StackedBar } from '../../parts/bars.tsx';
import { Card } from '../../parts/card.tsx';
import { formatCount } from '../../parts/format.model.ts';

const toneOf = { active: 'good', unchecked: 'waiting', dead: 'bad', unsupported: 'idle' } as const;
const statuses = ['active', 'unchecked', 'dead', 'unsupported'] as const;

export function PoolCard({ stats }: { stats: PoolStats }) {
  const bars = statuses.map((status) => ({
    name: status,
    count: stats.by_status[status],
    tone: toneOf[status],
    href: hashOf('proxies', [], { status }),
  }));
  return (
    <Card title="Pool">
      <p class="figure">
        {formatCount(stats.by_status.active)}{' '}
        <span class="figure-unit">alive of {formatCount(stats.total_proxies)}</span>
      </p>
      <StackedBar label="Proxies by status" bars={bars} />
    </Card>
  );
}
