import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker, { Prober as ProberEntrypoint } from '../../src/index.ts';

/** The Worker's variables, some of them changed: what a deployment with these settings would run with. */
export function envWith(changes: Record<string, string>): Env {
  return { ...env, ...changes };
}

/** A database that answers reads and fails at every transaction. */
export function brokenDatabase(): D1Database {
  return new Proxy(env.DB, {
    get(target, name) {
      if (name === 'batch') return () => Promise.reject(new Error('the database is away'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The context of an invocation whose probers have the same variables as the invocation itself. */
function withProbers(context: ExecutionContext, environment: Env): ExecutionContext {
  const Prober = new ProberEntrypoint(context, environment);
  return new Proxy(context, {
    get(target, name) {
      if (name === 'exports') return { Prober };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Delivers a batch to the Worker as the platform does; says which messages were acknowledged and which are to come again. */
export async function deliver(queue: string, bodies: readonly unknown[], environment: Env = env) {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(queue, messages);
  const context = createExecutionContext();
  await worker.queue(batch, environment, withProbers(context, environment));
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
  await waitOnExecutionContext(context);
  return { acknowledged: explicitAcks, again: retryMessages.map(({ msgId }) => msgId) };
}
