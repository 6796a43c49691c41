import { z } from '@hono/zod-openapi';
import { namedValues } from '../platform/http/named-values.ts';
import { timestampSchema } from '../platform/http/openapi.ts';
import { pageQuery } from '../platform/http/pagination.ts';
import { notifierKinds } from '../plugins/notifiers/notifier.registry.ts';
import type { Notifier } from '../plugins/notifiers/notifier.types.ts';
import { isEventPattern, MAX_EVENT_PATTERNS } from './event-patterns.model.ts';
import { eventTypes } from './events.schemas.ts';

const MAX_NAME_CHARACTERS = 100;

const kinds: readonly Notifier[] = Object.values(notifierKinds);

const nameField = z
  .string()
  .trim()
  .min(1)
  .max(MAX_NAME_CHARACTERS)
  .refine(
    (text) => text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text),
    'has characters that cannot be shown',
  )
  .openapi({ example: 'On-call' });

const eventsField = z
  .array(z.string().refine((pattern) => isEventPattern(pattern, eventTypes), 'is no event and no pattern of any'))
  .min(1)
  .max(MAX_EVENT_PATTERNS)
  .openapi({ example: ['proxy.pool_low', 'credits.*'], description: 'Names of events, `group.*`, or `*` for all.' });

const secretDescription =
  'Never shown again. webhook: `whsec_` and base64 of 24 to 64 random bytes (Standard Webhooks). smtp: the password.';

function newNotifierOf(kind: Notifier) {
  const secret = kind.secretSchema.openapi({ description: secretDescription });
  return z.strictObject({
    kind: z.literal(kind.name),
    name: nameField,
    settings: kind.settingsSchema,
    secret: kind.secretIs === 'required' ? secret : secret.optional(),
    events: eventsField.default(['*']),
    is_active: z.boolean().default(true),
  });
}

type NewNotifierOption = ReturnType<typeof newNotifierOf>;

export const createNotifierSchema = z
  .discriminatedUnion('kind', kinds.map(newNotifierOf) as [NewNotifierOption, ...NewNotifierOption[]])
  .openapi('NewNotifier');

export const patchNotifierSchema = z
  .strictObject({
    name: nameField,
    settings: namedValues(z.record(z.string(), z.unknown())).openapi({
      description: 'All of them, in the form of its kind.',
    }),
    secret: z.string().openapi({ description: `${secretDescription} A webhook signs with both for a day.` }),
    events: eventsField,
    is_active: z.boolean(),
  })
  .partial()
  .openapi('NotifierChange');

export const notifierSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(kinds.map(({ name }) => name)),
    settings: z.record(z.string(), z.unknown()),
    has_secret: z.boolean(),
    rotating_until: timestampSchema
      .nullable()
      .openapi({ description: 'Until then the secret before this one signs too.' }),
    events: z.array(z.string()),
    is_active: z.boolean(),
    disabled_reason: z.string().nullable().openapi({ description: 'Why the service itself switched it off.' }),
    health: z.object({
      healthy: z.boolean().openapi({ description: 'Active, and fewer than three failures in a row.' }),
      consecutive_failures: z.number().int(),
      last_delivered_at: timestampSchema.nullable(),
      last_failed_at: timestampSchema.nullable(),
      last_error: z.string().nullable(),
    }),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .openapi('Notifier');

export const testResultSchema = z
  .object({
    delivered: z.boolean(),
    response_status: z.number().int().nullable().openapi({ description: 'HTTP status, or SMTP reply code.' }),
    error: z.string().nullable(),
    duration_ms: z.number().int(),
  })
  .openapi('NotifierTest');

const deliveryStatuses = ['pending', 'delivered', 'dead'] as const;

export const deliverySchema = z
  .object({
    id: z.uuid().openapi({ description: 'The event’s: the header `webhook-id`.' }),
    type: z.enum(eventTypes),
    occurred_at: timestampSchema,
    data: z.record(z.string(), z.unknown()),
    status: z.enum(deliveryStatuses).openapi({ description: 'dead: given up after the last attempt, and kept.' }),
    attempts: z.number().int(),
    next_attempt_at: timestampSchema.nullable(),
    last_attempt_at: timestampSchema.nullable(),
    response_status: z.number().int().nullable(),
    last_error: z.string().nullable(),
    delivered_at: timestampSchema.nullable(),
  })
  .openapi('NotifierDelivery');

export const listNotifiersQuery = z.object(pageQuery);

export const listDeliveriesQuery = z.object({ status: z.enum(deliveryStatuses).optional(), ...pageQuery });
