import { exports } from 'cloudflare:workers';

export interface ReadEvent {
  id: string | null;
  event: string;
  data: string;
}

/** A reader of server-sent events, by the HTML standard's rules (section 9.2.6). */
export async function openEvents(path: string, key: string, lastEventId?: string) {
  const headers = new Headers({ authorization: `Bearer ${key}` });
  if (lastEventId !== undefined) headers.set('last-event-id', lastEventId);
  const response = await exports.default.fetch(new Request(`http://switchyard.test${path}`, { headers }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const comments: string[] = [];

  /** The next block that is an event; null at the end. */
  async function next(): Promise<ReadEvent | null> {
    for (;;) {
      const at = text.indexOf('\n\n');
      if (at === -1) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return null;
        text += value;
        continue;
      }
      const lines = text.slice(0, at).split('\n');
      text = text.slice(at + 2);
      const field = (name: string) =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      comments.push(...lines.filter((line) => line.startsWith(':')));
      const data = field('data');
      if (data.length > 0)
        return { id: field('id')[0] ?? null, event: field('event')[0] ?? 'message', data: data.join('\n') };
    }
  }

  return {
    status: response.status,
    headers: response.headers,
    comments,
    next,
    async take(count: number): Promise<ReadEvent[]> {
      const events: ReadEvent[] = [];
      while (events.length < count) {
        const event = await next();
        if (!event) break;
        events.push(event);
      }
      return events;
    },
    close: async () => reader?.cancel(),
  };
}
