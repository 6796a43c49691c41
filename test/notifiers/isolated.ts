import { env } from 'cloudflare:workers';
import { createNotifiers } from '../../src/notifiers/create-notifiers.ts';
import type { NotificationMessage } from '../../src/notifiers/notifiers.types.ts';
import { createDatabase } from '../../src/platform/db/client.ts';
import { parseConfig } from '../../src/platform/env.ts';
import { createId } from '../../src/platform/ids.ts';
import type { AddressPolicy } from '../../src/platform/net/public-url.ts';
import { createSecretBox } from '../../src/platform/secrets.ts';
import { recordingQueue } from '../support/recording-queue.ts';

interface Options {
  policy?: AddressPolicy;
  /** Of the jitter; the middle unless said. */
  random?: () => number;
}

/** The feature on the real database, with a clock and a queue of the test's own: nothing is sent unless the test does it. */
export function isolatedNotifiers({ policy = { allowPrivateNetworks: true }, random = () => 0 }: Options = {}) {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const time = { nowMs: Date.now() };
  const messages: NotificationMessage[] = [];
  const feature = createNotifiers({
    binding: env.DB,
    database: createDatabase(env.DB),
    queue: recordingQueue(messages),
    secretBox: createSecretBox(parsed.config.ENCRYPTION_KEY),
    policy,
    // Whether anybody listens is no matter here: what listeners hear has tests of its own.
    feeds: { tellAccountIfHeard() {}, tellInventory() {} },
    clock: { nowMs: () => time.nowMs },
    random,
  });
  return {
    ...feature,
    time,
    messages,
    /** Attempts whatever the messages so far ask for; returns how many attempts were made. */
    async work(): Promise<number> {
      const attempts = messages.splice(0).map(async (message) => {
        return message.kind === 'delivery' && (await feature.attempts.attempt(message)) !== null;
      });
      return (await Promise.all(attempts)).filter(Boolean).length;
    },
  };
}

export type IsolatedNotifiers = ReturnType<typeof isolatedNotifiers>;

/** Puts an event into D1's outbox, as a writer of the product would. */
export async function raise(type: string, payload: Record<string, unknown>): Promise<string> {
  const id = createId();
  await env.DB.prepare('INSERT INTO outbox (id, type, payload, created_at) VALUES (?, ?, ?, ?)')
    .bind(id, type, JSON.stringify(payload), Date.now())
    .run();
  return id;
}
