import { type Database, pingDatabase } from '../../platform/db/client.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';

/** A part that has not answered by then is called unhealthy. */
const PART_TIMEOUT_MS = 5_000;

interface Dependencies {
  database: Database;
  rateLimiter: RateLimiter;
  queue: Queue;
  gate: { isDraining(): Promise<boolean> };
  logger: Logger;
  version: string;
}

async function connects(part: string, probe: () => Promise<unknown>, logger: Logger): Promise<string> {
  const timeout = scheduler.wait(PART_TIMEOUT_MS).then(() => Promise.reject(new Error('no answer in time')));
  // Inside a promise: a binding may fail before it returns one.
  const asked = Promise.resolve().then(probe);
  return Promise.race([asked, timeout]).then(
    () => 'connected',
    (error: unknown) => {
      logger.error('health: a part failed', { part, ...describeError(error) });
      return 'unreachable';
    },
  );
}

export function createHealthService({ database, rateLimiter, queue, gate, logger, version }: Dependencies) {
  return {
    /** Asks each part that the Worker stands on; says which failed, never why (contract, "GET /health"). */
    async check() {
      const [d1, durableObjects, queues, isDraining] = await Promise.all([
        connects('d1', () => pingDatabase(database), logger),
        connects('durable_objects', () => rateLimiter.ping(), logger),
        connects('queues', () => queue.metrics(), logger),
        gate.isDraining(),
      ]);
      const healthy = [d1, durableObjects, queues].every((state) => state === 'connected');
      return {
        status: healthy ? (isDraining ? ('draining' as const) : ('healthy' as const)) : ('unhealthy' as const),
        d1,
        durable_objects: durableObjects,
        queues,
        version,
      };
    },
  };
}

export type HealthService = ReturnType<typeof createHealthService>;
