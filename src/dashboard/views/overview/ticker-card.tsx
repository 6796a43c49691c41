import { useNowMs } from '../../app/clock.ts';
import { describeMessage, toneOfMessage } from '../../live/feed.model.ts';
import { type FeedKind, useFeed } from '../../live/feed.ts';
import { LiveTag } from '../../live/live-bar.tsx';
import { Card } from '../../parts/card.tsx';
import { formatAgo } from '../../parts/format.model.ts';

const feeds: readonly FeedKind[] = ['inventory', 'account'];

/** What happens to the pool and to what is mine, as it happens. */
export function TickerCard() {
  const nowMs = useNowMs();
  const { messages, state } = useFeed(feeds);
  return (
    <Card title="Happening now" aside={<LiveTag state={state} />}>
      {messages.length === 0 && (
        <p class="muted">Checks, changes of proxies, your leases and sessions show here as they happen.</p>
      )}
      <ol
        class="ticker"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        tabIndex={0}
        aria-label="Events, the newest first"
      >
        {messages.map((message) => (
          <li key={`${message.timestamp} ${message.type} ${JSON.stringify(message.data)}`}>
            <span class={`dot tone-${toneOfMessage(message)}`} aria-hidden="true" />{' '}
            <span>{describeMessage(message)}</span>{' '}
            <time class="muted" dateTime={message.timestamp}>
              {formatAgo(message.timestamp, nowMs)}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}
