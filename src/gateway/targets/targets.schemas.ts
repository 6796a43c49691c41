import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { MAX_URL_LENGTH } from '../../platform/net/public-url.ts';
import {
  clientIdSchema,
  effectSchema,
  nameSchema,
  partIdentity,
  partIdSchema,
  regionSchema,
  urlField,
} from '../gateway.schemas.ts';

export const targetParameters = z.object({ clientId: clientIdSchema, targetId: partIdSchema('targetId') });

const baseUrlField = urlField
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment')
  .openapi({ example: 'https://api.stripe.com', description: 'Requests stay below it.' });
const testPathField = z
  .string()
  .max(MAX_URL_LENGTH)
  .regex(/^\/[\x21-\x7e]*$/)
  .openapi({ example: '/v1/customers', description: 'A note for people: nothing calls it.' });

export const newTargetSchema = z
  .object({
    targetName: nameSchema,
    targetRegion: regionSchema,
    targetBaseURL: baseUrlField,
    targetTestPath: testPathField.nullish(),
    targetDefaultRuleEffect: effectSchema.default('allow'),
  })
  .openapi('NewTarget');

export const targetChangeSchema = z
  .object({
    targetName: nameSchema,
    targetRegion: z.string().openapi({ description: 'Cannot be changed.' }),
    targetBaseURL: baseUrlField,
    targetTestPath: testPathField.nullable(),
    targetDefaultRuleEffect: effectSchema,
  })
  .partial()
  .openapi('TargetChange');

const targetSchema = z
  .object({
    ...partIdentity,
    targetName: z.string(),
    targetRegion: z.string(),
    targetBaseURL: z.string(),
    targetTestPath: z.string().nullable(),
    targetDefaultRuleEffect: effectSchema,
    targetCreatedAt: timestampSchema,
    targetUpdatedAt: timestampSchema,
  })
  .openapi('GatewayTarget');

export const targetsSchema = z.object({ targets: z.array(targetSchema), message: z.string() });

export type NewTarget = z.infer<typeof newTargetSchema>;
export type TargetChange = z.infer<typeof targetChangeSchema>;
