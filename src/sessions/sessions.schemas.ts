import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../platform/http/openapi.ts';
import { readableText } from '../platform/http/readable-text.ts';
import { eventSchema } from './events.schemas.ts';
import { MAX_DURATION_SECONDS, MAX_NAME_CHARACTERS } from './limits.ts';
import { exportFormat, numberedPage, pageFields, sessionIdField } from './session-fields.schemas.ts';
import { sessionStatuses } from './sessions.types.ts';

/** The reference's largest page of sessions. */
export const MAX_SESSIONS_PER_PAGE = 100;
const DEFAULT_SESSIONS_PER_PAGE = 20;
/** Country codes, and what clients take for them. */
const MAX_COUNTRY_CHARACTERS = 64;
/** As long as browsers take URLs to be. */
const MAX_URL_CHARACTERS = 2_048;
/** Room for a stack trace. */
const MAX_ERROR_CHARACTERS = 8_192;

const wellFormed = (text: string) => text.isWellFormed();
const ILL_FORMED = 'is not well-formed Unicode';

const nullableText = (maxCharacters: number) => z.string().max(maxCharacters).refine(wellFormed, ILL_FORMED).nullish();

export const registerSessionSchema = z
  .object({
    session_id: sessionIdField,
    profile_id: readableText(MAX_NAME_CHARACTERS).openapi({ example: 'profile_1' }),
    device: readableText(MAX_NAME_CHARACTERS).default('desktop').openapi({ example: 'desktop' }),
    target_url: nullableText(MAX_URL_CHARACTERS).openapi({ example: 'https://example.com' }),
    proxy: readableText(MAX_NAME_CHARACTERS).nullish().openapi({
      example: '1.2.3.4:12321',
      description: 'host:port. User name and password are not kept.',
    }),
    country: readableText(MAX_COUNTRY_CHARACTERS).nullish().openapi({ example: 'US' }),
  })
  .openapi('NewSession');

export type NewSession = z.infer<typeof registerSessionSchema>;

export const registeredSchema = z
  .object({
    status: z.literal('registered'),
    session_id: z.string(),
    active_count: z.number().int().openapi({ description: 'Your active sessions.', example: 6 }),
  })
  .openapi('RegisteredSession');

export type RegisteredSession = z.infer<typeof registeredSchema>;

export const endSessionSchema = z
  .object({
    session_id: sessionIdField,
    success: z.boolean(),
    duration: z
      .number()
      .min(0)
      .max(MAX_DURATION_SECONDS)
      .nullish()
      .openapi({ description: 'Seconds; from its start until now when left out.', example: 15 }),
    error: nullableText(MAX_ERROR_CHARACTERS).openapi({ example: null }),
  })
  .openapi('SessionEnd');

export type SessionEnd = z.infer<typeof endSessionSchema>;

export const endedSchema = z
  .object({ status: z.literal('ended'), active_count: z.number().int().openapi({ example: 5 }) })
  .openapi('EndedSession');

export const sessionSchema = z
  .object({
    id: z.string().openapi({ example: 'abc123' }),
    profile_id: z.string().openapi({ example: 'profile_1' }),
    device: z.string().openapi({ example: 'desktop' }),
    target_url: z.string().nullable().openapi({ example: 'https://example.com' }),
    proxy: z.string().nullable().openapi({ example: '1.2.3.4:12321' }),
    country: z.string().nullable(),
    start_time: timestampSchema,
    end_time: timestampSchema.nullable(),
    duration: z.number().nullable().openapi({ description: 'Seconds.', example: 15 }),
    success: z.boolean().nullable(),
    error: z.string().nullable().openapi({ example: null }),
    status: z.enum(sessionStatuses),
  })
  .openapi('Session');

export type SessionView = z.infer<typeof sessionSchema>;

export const sessionDetailSchema = z
  .object({
    session: sessionSchema,
    events: z.array(eventSchema).openapi({ description: 'The newest 1,000, oldest first; `GET /api/events` has all.' }),
    event_count: z.number().int().openapi({ example: 1 }),
  })
  .openapi('SessionDetail');

export const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), ...pageFields }).openapi('SessionPage');

const sessionFilters = {
  status: z.enum(sessionStatuses).optional(),
  country: z.string().max(MAX_COUNTRY_CHARACTERS).optional().openapi({ description: 'In whichever case.' }),
};

export const listSessionsQuery = z.object({
  ...numberedPage(MAX_SESSIONS_PER_PAGE, DEFAULT_SESSIONS_PER_PAGE),
  ...sessionFilters,
  search: z
    .string()
    .max(MAX_NAME_CHARACTERS)
    .optional()
    .openapi({ description: 'Part of session_id, profile_id or proxy, in whichever case.' }),
});

export type ListSessionsQuery = z.infer<typeof listSessionsQuery>;

export const exportSessionsQuery = z.object({ ...sessionFilters, format: exportFormat });

export type ExportSessionsQuery = z.infer<typeof exportSessionsQuery>;

export const sessionParameters = z.object({ session_id: z.string().openapi({ example: 'abc123' }) });
