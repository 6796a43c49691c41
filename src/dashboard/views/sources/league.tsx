import type { SourceLeagueItem } from '../../../api-client/pool.types.ts';
import { usePages } from '../../api/queries.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatCount, formatShare, formatSpan } from '../../parts/format.model.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';

const noQuery = new URLSearchParams();
const MINUTE_MS = 60_000;

function LeagueRow({ item, place }: { item: SourceLeagueItem; place: number }) {
  const { median_life_minutes: minutes } = item;
  return (
    <tr>
      <td class="number">{place}</td>
      <td class="league-url">{item.url}</td>
      <td class="number">{formatCount(item.proxies_discovered)}</td>
      <td class="number">{formatShare(item.unique_share)}</td>
      <td class="number">{formatShare(item.alive_after_1h)}</td>
      <td class="number">{formatShare(item.alive_after_24h)}</td>
      <td class="number">{minutes === null ? '–' : formatSpan(minutes * MINUTE_MS)}</td>
    </tr>
  );
}

const columns = [
  { title: '#', kind: 'number' },
  { title: 'Source' },
  { title: 'Discovered', kind: 'number' },
  { title: 'Only there', kind: 'number' },
  { title: 'Alive after 1 h', kind: 'number' },
  { title: 'after 24 h', kind: 'number' },
  { title: 'Median life', kind: 'number' },
] as const;

/** Which sources are worth it. */
export function League() {
  const pages = usePages<SourceLeagueItem>('/stats/sources', noQuery);
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title="League: what each source brings, and how long it lives">
      {pages.error && <ErrorNote error={pages.error} retry={() => void pages.refetch()} />}
      {!pages.data && !pages.error && <Busy label="Asking for the league" />}
      {pages.data && items.length === 0 && <p class="muted">It fills when the first source is scraped.</p>}
      {items.length > 0 && (
        <PlainTable label="League of sources" columns={columns}>
          {items.map((item, index) => (
            <LeagueRow key={item.source_id} item={item} place={index + 1} />
          ))}
        </PlainTable>
      )}
      <MoreButton pages={pages} />
    </Card>
  );
}
