import { z } from '@hono/zod-openapi';
import { namedValues } from '../../platform/http/named-values.ts';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { requestHeadersProblem } from '../../platform/http/request-headers.model.ts';
import {
  clientIdSchema,
  effectSchema,
  nameSchema,
  partIdentity,
  partIdSchema,
  regionSchema,
} from '../gateway.schemas.ts';

/** More query parameters or body fields than that are no configuration any more. */
const MAX_ADDITIONS = 32;
const MAX_QUERY_CHARACTERS = 2_048;
/** JSON of `proxyAdditionalData`: it is read with each configuration. */
const MAX_DATA_CHARACTERS = 16 * 1024;
/** More than one Worker passes anyway. */
const MAX_REQUESTS_LIMIT = 100_000_000;
/** Words that paths of this API begin with. */
const RESERVED_ALIASES =
  'clients proxies credentials targets rules telemetry sessions events stats ip health v1 ws'.split(' ');

export const proxyParameters = z.object({ clientId: clientIdSchema, proxyId: partIdSchema('proxyId') });

const aliasField = z
  .string()
  .regex(/^[a-z0-9-]{1,63}$/, 'must be 1 to 63 lower-case letters a-z, digits and hyphens')
  .refine((alias) => !RESERVED_ALIASES.includes(alias), 'is a reserved word')
  .openapi({ example: 'payment-gateway', description: 'Unique in its client.' });
const headersField = namedValues(
  z.record(z.string(), z.string()).superRefine((headers, context) => {
    const problem = requestHeadersProblem(headers);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  }),
).openapi({ description: "Set on each request to the target, in place of the caller's.", example: { 'x-team': 'a' } });
const queryField = namedValues(
  z
    .record(z.string(), z.string().max(MAX_QUERY_CHARACTERS))
    .refine((fields) => Object.keys(fields).length <= MAX_ADDITIONS, `${MAX_ADDITIONS} at most`)
    .refine(
      (fields) => Object.entries(fields).every(([name, value]) => name.isWellFormed() && value.isWellFormed()),
      'must be well-formed text',
    ),
);
const dataField = namedValues(
  z
    .record(z.string(), z.unknown())
    .refine((data) => Object.keys(data).length <= MAX_ADDITIONS, `${MAX_ADDITIONS} at most`)
    .refine((data) => JSON.stringify(data).length <= MAX_DATA_CHARACTERS, `${MAX_DATA_CHARACTERS} characters at most`),
).openapi({ description: 'Set in JSON bodies of POST, PUT and PATCH.', example: { source: 'gateway' } });
const egressField = nameSchema.nullable().openapi({
  description: 'A routing target: the calls go out through its rotating IPs. Null: directly.',
  example: null,
});
const captureField = z.boolean().openapi({
  description: 'The request log also keeps the first 16 KiB of what callers send and are answered, without secrets.',
  example: false,
});
const limitField = z.number().int().min(1).max(MAX_REQUESTS_LIMIT).nullable();

const fields = {
  proxyName: nameSchema,
  proxyProxyCredentialId: z.string().max(64),
  proxyTargetId: z.string().max(64),
  proxyTargetCredentialId: z.string().max(64),
};

export const newProxySchema = z
  .object({
    ...fields,
    proxyRegion: regionSchema,
    proxyActive: z.boolean().default(true),
    proxyDefaultRuleEffect: effectSchema.default('allow'),
    proxyAlias: aliasField.nullish(),
    proxyAdditionalHeaders: headersField.default({}),
    proxyAdditionalQueryParams: queryField.default({}),
    proxyAdditionalData: dataField.default({}),
    proxyMaxRequestsPerMinute: limitField.optional(),
    proxyMaxRequestsPerDay: limitField.optional(),
    proxyEgressTarget: egressField.optional(),
    proxyCaptureBodies: captureField.default(false),
  })
  .openapi('NewGatewayProxy');

export const proxyChangeSchema = z
  .object({
    ...fields,
    proxyRegion: z.string().openapi({ description: 'Cannot be changed.' }),
    proxyActive: z.boolean(),
    proxyDefaultRuleEffect: effectSchema,
    proxyAlias: aliasField.nullable(),
    proxyAdditionalHeaders: headersField,
    proxyAdditionalQueryParams: queryField,
    proxyAdditionalData: dataField,
    proxyMaxRequestsPerMinute: limitField,
    proxyMaxRequestsPerDay: limitField,
    proxyEgressTarget: egressField,
    proxyCaptureBodies: captureField,
  })
  .partial()
  .openapi('GatewayProxyChange');

const proxySchema = z
  .object({
    ...partIdentity,
    proxyName: z.string(),
    proxyRegion: z.string(),
    proxyProxyCredentialId: z.string(),
    proxyTargetId: z.string(),
    proxyTargetCredentialId: z.string(),
    proxyActive: z.boolean(),
    proxyCreatedAt: timestampSchema,
    proxyUpdatedAt: timestampSchema,
    proxyDefaultRuleEffect: effectSchema,
    proxyAlias: z.string().nullable(),
    proxyAdditionalHeaders: z.record(z.string(), z.string()),
    proxyAdditionalQueryParams: z.record(z.string(), z.string()),
    proxyAdditionalData: z.record(z.string(), z.unknown()),
    proxyMaxRequestsPerMinute: z.number().int().nullable(),
    proxyMaxRequestsPerDay: z.number().int().nullable(),
    proxyEgressTarget: z.string().nullable(),
    proxyCaptureBodies: z.boolean(),
  })
  .openapi('GatewayProxy');

export const proxiesSchema = z.object({ proxies: z.array(proxySchema), message: z.string() });

export type NewProxy = z.infer<typeof newProxySchema>;
export type ProxyChange = z.infer<typeof proxyChangeSchema>;
