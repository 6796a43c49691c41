import { createBackOff } from '../back-off.model.ts';
import { createCheckRate } from '../check-rate.model.ts';
import type { ApiClient } from './client.ts';

function countsOf(text: string): number | null {
  try {
    const { type, data } = JSON.parse(text);
    const counts = type === 'checks' ? [data.passed, data.failed, data.inconclusive].map(Number) : [];
    const sum = counts.reduce((total, one) => total + one, 0);
    return counts.length > 0 && Number.isFinite(sum) ? sum : null;
  } catch {
    return null;
  }
}

/**
 * Listens to the inventory's live feed for the checks that are made. A lost connection is opened again with growing
 * pauses, for as long as somebody asks.
 */
export function createChecksFeed(api: ApiClient, nowMs: () => number = Date.now) {
  const rate = createCheckRate();
  const backOff = createBackOff();
  let socket: WebSocket | null = null;
  let notBeforeMs = 0;
  let isOpening = false;
  let isClosed = false;

  const lost = (): void => {
    socket = null;
    rate.forget();
    notBeforeMs = nowMs() + backOff.nextMs();
  };

  async function open(): Promise<void> {
    // A WebSocket of Node's takes no headers, so no key: the ticket is good once.
    const { ticket } = await api.post<{ ticket: string }>('/api/ws/ticket?feed=inventory');
    if (isClosed) return;
    const url = `${api.baseUrl.replace(/^http/, 'ws')}/ws?feed=inventory&ticket=${encodeURIComponent(ticket)}`;
    const opened = new WebSocket(url);
    socket = opened;
    opened.addEventListener('open', () => {
      backOff.succeeded();
      rate.begin(nowMs());
    });
    opened.addEventListener('message', ({ data }) => {
      const count = countsOf(String(data));
      if (count !== null) rate.add(nowMs(), count);
    });
    opened.addEventListener('close', lost);
  }

  return {
    /** Checks a second, lately; null when nothing can be told yet. */
    perSecond(): number | null {
      if (socket === null && !isOpening && !isClosed && nowMs() >= notBeforeMs) {
        isOpening = true;
        void open()
          .catch(lost)
          .finally(() => {
            isOpening = false;
          });
      }
      return rate.perSecond(nowMs());
    },
    close(): void {
      isClosed = true;
      socket?.close();
    },
  };
}
