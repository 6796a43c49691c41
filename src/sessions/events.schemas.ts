import { z } from '@hono/zod-openapi';
import { utf8 } from '../platform/bytes.ts';
import { namedValues } from '../platform/http/named-values.ts';
import { timestampSchema } from '../platform/http/openapi.ts';
import { MAX_BATCH_EVENTS, MAX_DETAILS_BYTES, MAX_DETAILS_LEVELS } from './limits.ts';
import { exportFormat, numberedPage, pageFields, sessionIdField } from './session-fields.schemas.ts';
import { eventTypes } from './sessions.types.ts';

/** The reference's largest page of events. */
export const MAX_EVENTS_PER_PAGE = 200;
const DEFAULT_EVENTS_PER_PAGE = 50;

/** True when no value lies deeper; a walk without recursion, which a hostile depth would exhaust. */
function isWithinLevels(value: unknown, maxLevels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxLevels) return false;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return true;
}

const detailsField = namedValues(
  z
    .record(z.string(), z.unknown())
    .refine((details) => isWithinLevels(details, MAX_DETAILS_LEVELS), {
      error: `is deeper than ${MAX_DETAILS_LEVELS} levels`,
      abort: true,
    })
    .refine((details) => utf8(JSON.stringify(details)).byteLength <= MAX_DETAILS_BYTES, {
      error: `has more than ${MAX_DETAILS_BYTES} bytes`,
    }),
)
  .nullish()
  .openapi({ example: { url: 'https://example.com', load_time_ms: 1_500 } });

export const newEventSchema = z
  .object({ session_id: sessionIdField, event_type: z.enum(eventTypes), details: detailsField })
  .openapi('NewSessionEvent');

export type NewEvent = z.infer<typeof newEventSchema>;

export const eventBatchSchema = z
  .object({ events: z.array(newEventSchema).min(1).max(MAX_BATCH_EVENTS) })
  .openapi('NewSessionEvents');

export const loggedSchema = z
  .object({ status: z.literal('logged'), event_id: z.number().int().openapi({ example: 123 }) })
  .openapi('LoggedEvent');

export type LoggedEvent = z.infer<typeof loggedSchema>;

export const loggedBatchSchema = z
  .object({
    status: z.literal('logged'),
    count: z.number().int().openapi({ example: 2 }),
    first_event_id: z.number().int().openapi({ example: 123 }),
    last_event_id: z.number().int().openapi({ example: 124 }),
  })
  .openapi('LoggedEvents');

export type LoggedBatch = z.infer<typeof loggedBatchSchema>;

export const eventSchema = z
  .object({
    id: z.number().int(),
    session_id: z.string().openapi({ example: 'abc123' }),
    event_type: z.enum(eventTypes),
    timestamp: timestampSchema,
    details: z.record(z.string(), z.unknown()).openapi({ example: { url: 'https://example.com' } }),
  })
  .openapi('SessionEvent');

export type EventView = z.infer<typeof eventSchema>;

export const eventPageSchema = z.object({ events: z.array(eventSchema), ...pageFields }).openapi('SessionEventPage');

const eventFilters = { event_type: z.enum(eventTypes).optional(), session_id: z.string().optional() };

export const listEventsQuery = z.object({
  ...numberedPage(MAX_EVENTS_PER_PAGE, DEFAULT_EVENTS_PER_PAGE),
  ...eventFilters,
});

export type ListEventsQuery = z.infer<typeof listEventsQuery>;

export const exportEventsQuery = z.object({ ...eventFilters, format: exportFormat });

export type ExportEventsQuery = z.infer<typeof exportEventsQuery>;
