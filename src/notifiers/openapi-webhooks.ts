import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../app-env.ts';
import { eventDefinitions, eventEnvelope } from './events.schemas.ts';

/** Puts every event into the `webhooks` section of /openapi.json. */
export function registerEventWebhooks(registry: OpenAPIHono<AppEnv>['openAPIRegistry']): void {
  for (const [type, { summary, data }] of Object.entries(eventDefinitions)) {
    registry.registerWebhook({
      method: 'post',
      path: type,
      summary,
      tags: ['Events'],
      description:
        'Signed as Standard Webhooks 1.0 says: `webhook-id` (constant over retries), `webhook-timestamp`, `webhook-signature`.',
      request: { body: { required: true, content: { 'application/json': { schema: eventEnvelope(type, data) } } } },
      responses: {
        '2XX': { description: 'Taken. Anything else is a failure and is tried again.' },
        410: { description: 'The receiver wants nothing any more: the notifier is switched off.' },
      },
    });
  }
}
