import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker, { Prober as ProberEntrypoint } from '../../src/index.ts';

/** The bindings and variables of the tests, some of them changed: what a deployment with these would run with. */
export function envWith(changes: Readonly<Record<string, unknown>>): Env {
  return Object.assign({ ...env }, changes);
}

/** A binding whose every use fails, as when the part behind it is away. */
export function away<Binding extends object>(binding: Binding): Binding {
  return new Proxy(binding, {
    get: () => () => {
      throw new Error('the part is away');
    },
  });
}

/** A binding of which the named methods fail. */
export function failing<Binding extends object>(binding: Binding, ...methods: readonly string[]): Binding {
  return new Proxy(binding, {
    get(target, name) {
      if (methods.includes(String(name))) return () => Promise.reject(new Error(`${String(name)} failed`));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What a Worker with these bindings and variables answers. */
export async function fetchWith(environment: Env, path: string, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request<unknown, IncomingRequestCfProperties>(
    `http://switchyard.test${path}`,
    init as RequestInit<IncomingRequestCfProperties>,
  );
  const response = await worker.fetch(request, environment, context);
  await waitOnExecutionContext(context);
  return response;
}

/** Rings a cron, and waits for its jobs. */
export async function tick(environment: Env = env, cron = '* * * * *'): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron, scheduledTime: new Date() }), environment, context);
  await waitOnExecutionContext(context);
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

/**
 * Delivers a batch as the platform does, its messages called m0, m1 …; says which were acknowledged and which are to come
 * again.
 */
export async function deliver(queue: string, bodies: readonly unknown[], environment: Env = env) {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(queue, messages);
  const context = createExecutionContext();
  await worker.queue(batch, environment, withProbers(context, environment));
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
  await waitOnExecutionContext(context);
  return { acknowledged: explicitAcks, again: retryMessages.map(({ msgId }) => msgId) };
}
