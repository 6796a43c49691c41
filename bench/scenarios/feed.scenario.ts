import { once } from 'node:events';
import { WebSocket } from 'undici';
import { type HostedPart, startHost } from '../host/host.ts';
import { registerAccount } from '../host/inventory.ts';
import { median } from '../measure/figures.ts';
import { elapsedMs, inParallel, interleaved } from '../measure/rounds.ts';
import type { BenchRow, BenchScale, Scenario } from '../scenario.types.ts';

/** Listeners of one account, as many as are promised an event within a second. */
const LISTENERS = 1_000;
/** Events of a round, one after the other: the next one is told when the last listener has heard the one before. */
const EVENTS = 10;
/** Sockets that are opened at once. */
const OPENINGS = 50;

const SESSION_ID = 'bench';

interface Audience {
  /** Settles when everyone has heard a text that has this in it. */
  hears(marker: string): Promise<void>;
  leave(): void;
}

async function openAudience(url: string, listeners: number, headers: Record<string, string>): Promise<Audience> {
  let wanted = { marker: '', left: 0, done: () => {} };
  const sockets = await inParallel(listeners, OPENINGS, async () => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    await once(socket, 'open');
    socket.addEventListener('message', ({ data }) => {
      if (!String(data).includes(wanted.marker)) return;
      wanted.left -= 1;
      if (wanted.left === 0) wanted.done();
    });
    return socket;
  });
  return {
    hears: (marker) =>
      new Promise((resolve) => {
        wanted = { marker, left: listeners, done: resolve };
      }),
    leave() {
      for (const socket of sockets) socket.close();
    },
  };
}

/** Milliseconds from an event's request to the last listener that heard of it: the median of some. */
async function timeEvents(audience: Audience, events: number, tell: (marker: string) => Promise<unknown>) {
  const timesMs: number[] = [];
  for (let index = 0; index < events; index += 1) {
    const marker = `event-${crypto.randomUUID()}`;
    const heard = audience.hears(marker);
    timesMs.push(await elapsedMs(() => Promise.all([tell(marker), heard])));
  }
  return median(timesMs);
}

async function openProduct(part: HostedPart, listeners: number) {
  const key = await registerAccount(part);
  await part.call('POST', '/api/sessions/register', { key, json: { session_id: SESSION_ID, profile_id: 'bench' } });
  const audience = await openAudience(`${part.url}/ws`, listeners, { authorization: `Bearer ${key}` });
  const tell = (marker: string) =>
    part.call('POST', '/api/events', {
      key,
      json: { session_id: SESSION_ID, event_type: 'custom', details: { marker } },
    });
  return { audience, tell };
}

async function openFloor(part: HostedPart, listeners: number) {
  const audience = await openAudience(`${part.url}/listen`, listeners, {});
  return { audience, tell: (marker: string) => part.call('POST', '/tell', { json: { marker } }) };
}

/** How soon all who listen hear of an event, beside a bare object that tells the same number of sockets. */
export const feedScenario: Scenario = {
  name: 'feed',
  describe: 'an event of a session to 1,000 WebSockets, beside a bare object that tells as many',
  async run({ rounds, size }: BenchScale, progress): Promise<BenchRow[]> {
    const listeners = Math.ceil(LISTENERS * size);
    const events = Math.ceil(EVENTS * size);
    const host = await startHost({ workers: ['product', 'floor'] });
    try {
      const product = await openProduct(host.part('product'), listeners);
      const floor = await openFloor(host.part('floor'), listeners);
      const timed = await interleaved(
        rounds,
        () => timeEvents(floor.audience, events, floor.tell),
        () => timeEvents(product.audience, events, product.tell),
        (round, floorMs, productMs) =>
          progress(`round ${round} of ${rounds}: floor ${floorMs.toFixed(1)} ms, product ${productMs.toFixed(1)} ms`),
      );
      product.audience.leave();
      floor.audience.leave();
      const ms = (kind: 'floor' | 'product') => median(timed.map((round) => round[kind]));
      return [
        {
          what: `an event until the last of ${listeners} sockets has it: of a bare object that writes a row and tells them`,
          value: median(timed.map((round) => round.product / round.floor)),
          unit: '×',
          target: { atMost: 2 },
          detail: `floor ${ms('floor').toFixed(1)} ms, product ${ms('product').toFixed(1)} ms, the database's writes of the event included`,
        },
        {
          what: `an event until the last of ${listeners} sockets has it`,
          value: ms('product'),
          unit: 'ms',
          target: { atMost: 1_000 },
          detail: '',
        },
      ];
    } finally {
      await host.stop();
    }
  },
};
