import { z } from '@hono/zod-openapi';
import { roles } from '../../accounts/actor.ts';
import { readableText } from '../../platform/http/readable-text.ts';
import { compilePattern } from '../../platform/pattern.ts';
import { anonymityLevels, proxyProtocols } from '../../proxy-pool/proxies/proxies.types.ts';
import { MAX_ADDRESS_CHARACTERS, parseProxyAddress } from './address.model.ts';
import {
  MAX_FAILURES_UNTIL_QUARANTINE,
  MAX_IP_REQUESTS,
  MAX_NAME_CHARACTERS,
  MAX_POOL_IPS,
  MAX_PROVIDER_IPS,
  MAX_QUARANTINE_SECONDS,
  MAX_QUEUE_WAIT_SECONDS,
  MAX_REGION_TAG_CHARACTERS,
  MAX_REQUEST_INTERVAL_SECONDS,
  MAX_RETRIES,
} from './configuration.limits.ts';

/** RFC 1929 gives the length of a user name and of a password one octet each. */
const MAX_CREDENTIAL_BYTES = 255;

const name = readableText(MAX_NAME_CHARACTERS);

const addressField = z
  .string()
  .max(MAX_ADDRESS_CHARACTERS)
  .refine((text) => parseProxyAddress(text) !== null, 'must be host:port or scheme://host:port');

/** These must reach neither a header nor a handshake. */
const credential = z
  .string()
  .refine(
    (text) =>
      text.isWellFormed() && !/\p{Cc}/u.test(text) && new TextEncoder().encode(text).length <= MAX_CREDENTIAL_BYTES,
    `must have ${MAX_CREDENTIAL_BYTES} bytes at most, and no control characters`,
  );

const secondsUpTo = (maxSeconds: number) =>
  z
    .number()
    .min(0)
    .max(maxSeconds)
    .transform((seconds) => Math.round(seconds * 1_000));

const regexField = z.string().superRefine((text, context) => {
  const compiled = compilePattern(text);
  if (!compiled.ok) context.addIssue({ code: 'custom', message: compiled.problem });
});

/** A target as it is put in; times in seconds, and in milliseconds afterwards. */
export const targetInputSchema = z
  .object({
    name,
    regex: regexField,
    poolName: z.string(),
    minRequestInterval: secondsUpTo(MAX_REQUEST_INTERVAL_SECONDS),
    maxQueueWait: secondsUpTo(MAX_QUEUE_WAIT_SECONDS),
    numRetries: z.int().min(0).max(MAX_RETRIES),
    ipFailuresUntilQuarantine: z.int().min(1).max(MAX_FAILURES_UNTIL_QUARANTINE),
    quarantineTime: secondsUpTo(MAX_QUARANTINE_SECONDS),
    /** Left out: as it was; null: those with `write`. */
    allowedRoles: z.array(z.enum(roles)).min(1).nullish(),
    mutable: z.boolean(),
  })
  .transform(({ minRequestInterval, maxQueueWait, quarantineTime, mutable, allowedRoles, ...rest }) => ({
    ...rest,
    minRequestIntervalMs: minRequestInterval,
    maxQueueWaitMs: maxQueueWait,
    quarantineTimeMs: quarantineTime,
    isMutable: mutable,
    allowedRoles: allowedRoles && [...new Set(allowedRoles)],
  }));

export type TargetDraft = z.infer<typeof targetInputSchema>;

export const poolInputSchema = z
  .object({
    name,
    ipRequests: z
      .array(z.object({ provider: z.string(), count: z.int().min(1).max(MAX_PROVIDER_IPS) }))
      .min(1)
      .max(MAX_IP_REQUESTS)
      .refine(
        (requests) => requests.reduce((sum, { count }) => sum + count, 0) <= MAX_POOL_IPS,
        `may ask for ${MAX_POOL_IPS} addresses at most in all`,
      ),
    mutable: z.boolean(),
  })
  .transform(({ mutable, ...rest }) => ({ ...rest, isMutable: mutable }));

export type PoolDraft = z.infer<typeof poolInputSchema>;

const inventorySchema = z.object({
  protocol: z
    .enum(proxyProtocols)
    .nullish()
    .transform((protocol) => protocol ?? null),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be a country of two letters')
    .nullish()
    .transform((country) => country?.toUpperCase() ?? null),
  anonymity: z
    .enum(anonymityLevels)
    .nullish()
    .transform((anonymity) => anonymity ?? null),
  minScore: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .transform((minScore) => minScore ?? null),
  count: z.int().min(1).max(MAX_PROVIDER_IPS),
});

export const providerInputSchema = z
  .object({
    name,
    ipList: z.array(addressField).min(1).max(MAX_PROVIDER_IPS).nullish(),
    inventory: inventorySchema.nullish(),
    regionTag: readableText(MAX_REGION_TAG_CHARACTERS).nullish(),
    mutable: z.boolean(),
    /** Left out: as it was; null: none. */
    auth: z
      .object({ username: credential.min(1), password: credential })
      .refine(({ username }) => !username.includes(':'), { path: ['username'], message: 'must have no colon' })
      .nullish(),
  })
  .superRefine(({ ipList, inventory, auth }, context) => {
    if (ipList && inventory) context.addIssue({ code: 'custom', path: ['inventory'], message: 'excludes ipList' });
    if (!ipList && !inventory) context.addIssue({ code: 'custom', path: ['ipList'], message: 'is required' });
    if (auth && inventory) {
      context.addIssue({ code: 'custom', path: ['auth'], message: 'proxies of the inventory have their own' });
    }
  });

export type ProviderInput = z.infer<typeof providerInputSchema>;

export const addressInputSchema = z.object({ address: addressField });
