import { z } from '@hono/zod-openapi';
import { readableText } from '../platform/http/readable-text.ts';
import { isUuid } from '../platform/ids.ts';
import { MAX_URL_LENGTH } from '../platform/net/public-url.ts';

const MAX_NAME_CHARACTERS = 100;

export const nameSchema = readableText(MAX_NAME_CHARACTERS);

export const effectSchema = z.enum(['allow', 'deny']);

/** Regions are labels here: this Worker runs at every edge. All parts of a proxy carry the same one. */
export const regionSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
  .openapi({ example: 'us-east-1' });

/** Where requests go; its address is judged by the service. */
export const urlField = z
  .string()
  .max(MAX_URL_LENGTH)
  .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), 'must be an http or https URL');

/** What every part shows of where it belongs: `pKey` is its client, `sKey` its own id. */
export const partIdentity = {
  pKey: z.string(),
  sKey: z.string(),
  userId: z.string(),
  clientId: z.string(),
  parentId: z.string(),
};

export const messageSchema = z.object({ message: z.string() });

const partPrefixes = { credentialId: 'cred', targetId: 'tgt', proxyId: 'proxy', ruleId: 'rule' } as const;
export type PartParameter = keyof typeof partPrefixes;

/** `proxy_` + 32 hex digits, and so on. */
export function partIdForm(parameter: PartParameter): RegExp {
  return new RegExp(`^${partPrefixes[parameter]}_[0-9a-f]{32}$`);
}

/** An id of its kind; what is none is simply not there. */
export function partIdSchema(parameter: PartParameter) {
  return z.string().regex(partIdForm(parameter));
}

/** A client's id in a path (404 when it is none). */
export const clientIdSchema = z.string().refine(isUuid).openapi({ format: 'uuid' });
