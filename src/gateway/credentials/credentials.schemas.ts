import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';
import {
  HEADER_NAME,
  HEADER_VALUE,
  isReservedHeader,
  MAX_HEADER_NAME_CHARACTERS,
  MAX_HEADER_VALUE_CHARACTERS,
} from '../../platform/http/request-headers.model.ts';
import {
  clientIdSchema,
  effectSchema,
  nameSchema,
  partIdentity,
  partIdSchema,
  regionSchema,
  urlField,
} from '../gateway.schemas.ts';

export const credentialParameters = z.object({ clientId: clientIdSchema, credentialId: partIdSchema('credentialId') });

/** Ids, secrets and scopes of OAuth2 clients; audiences are URLs. */
const MAX_GRANT_CHARACTERS = 2_048;

const secretText = z.string().min(1).max(MAX_HEADER_VALUE_CHARACTERS).regex(HEADER_VALUE);

const keySecretSchema = z
  .object({
    key: z
      .string()
      .min(1)
      .max(MAX_HEADER_NAME_CHARACTERS)
      .regex(HEADER_NAME)
      .refine((name) => !isReservedHeader(name), 'this name can not be set')
      .openapi({ example: 'X-API-Key' }),
    value: secretText,
    addToHeader: z.boolean().optional().openapi({ description: 'The default, unless addToQuery is true.' }),
    addToQuery: z.boolean().optional(),
  })
  .openapi('KeySecret');
const tokenSecretSchema = z.object({ token: secretText }).openapi('TokenSecret');
const basicSecretSchema = z
  .object({
    /** Without a colon: it ends the name (RFC 7617 section 2). */
    username: z.string().regex(/^[\x20-\x39\x3b-\x7e]{1,256}$/),
    password: z.string().regex(/^[\x20-\x7e]{0,1024}$/),
  })
  .openapi('BasicSecret');

/** OAuth2 client credentials (RFC 6749 section 4.4): the gateway fetches the token, keeps it and renews it. */
const grantText = z
  .string()
  .min(1)
  .max(MAX_GRANT_CHARACTERS)
  .regex(/^[\x20-\x7e]+$/);
const oauthSecretSchema = z
  .object({
    tokenUrl: urlField.openapi({ example: 'https://login.example.com/oauth/token' }),
    clientId: grantText,
    clientSecret: grantText,
    scope: grantText.optional(),
    audience: grantText.optional(),
  })
  .openapi('OAuthSecret');

const common = {
  credentialName: nameSchema,
  credentialRegion: regionSchema,
  credentialDefaultRuleEffect: effectSchema.default('allow'),
};
const credentialType = z.enum(['proxy', 'target']).openapi({
  description: '`proxy`: what callers show to the gateway; `target`: what the gateway shows to the target.',
});

/** By `credentialAuthType`, what the secret must be. */
export const newCredentialSchema = z
  .discriminatedUnion('credentialAuthType', [
    z.object({
      ...common,
      credentialType,
      credentialAuthType: z.enum(['key', 'apiKey']),
      credentialSecret: keySecretSchema,
    }),
    z.object({
      ...common,
      credentialType,
      credentialAuthType: z.enum(['bearer', 'jwt']),
      credentialSecret: tokenSecretSchema,
    }),
    z.object({
      ...common,
      credentialType,
      credentialAuthType: z.enum(['basic', 'basicAuth']),
      credentialSecret: basicSecretSchema,
    }),
    z.object({
      ...common,
      credentialType: z.literal('target'),
      credentialAuthType: z.literal('oauth2'),
      credentialSecret: oauthSecretSchema,
    }),
    z.object({
      ...common,
      credentialType: z.literal('target'),
      credentialAuthType: z.literal('none'),
      credentialSecret: z.object({}).optional(),
    }),
  ])
  .openapi('NewCredential');

export const credentialChangeSchema = z
  .object({
    credentialName: nameSchema,
    credentialDefaultRuleEffect: effectSchema,
    credentialRegion: z.string().openapi({ description: 'Cannot be changed, nor can the next three.' }),
    credentialType: z.string(),
    credentialAuthType: z.string(),
    credentialSecret: z.unknown(),
  })
  .partial()
  .openapi('CredentialChange');

const credentialSchema = z
  .object({
    ...partIdentity,
    credentialName: z.string(),
    credentialType: z.enum(['proxy', 'target']),
    credentialAuthType: z.string(),
    credentialRegion: z.string(),
    credentialDefaultRuleEffect: effectSchema,
    credentialCreatedAt: timestampSchema,
    credentialUpdatedAt: timestampSchema,
  })
  .openapi('Credential');

export const credentialsSchema = z.object({ credentials: z.array(credentialSchema), message: z.string() });

export type NewCredential = z.infer<typeof newCredentialSchema>;
export type CredentialChange = z.infer<typeof credentialChangeSchema>;
