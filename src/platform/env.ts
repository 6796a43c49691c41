import { z } from 'zod';
import { readCertificates } from './net/tls/trust-anchors.ts';
import { parseKeyRing, type RingKey } from './secrets.ts';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const wholeNumber = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum);

/** A secret shorter than this is a placeholder, not a secret. */
const SECRET_MIN_CHARACTERS = 32;

/** Form of an API key; its checksum is the accounts' business. */
const API_KEY_FORM = /^pp_[0-9A-Za-z]{48}$/;

const labGeoSchema = z.record(z.string(), z.object({ country: z.string().length(2), asn: z.number().int() }));

/** `labGeoSchema` as JSON text. */
const labGeoText = z.string().transform((text, context) => {
  try {
    const geography = labGeoSchema.safeParse(JSON.parse(text));
    if (geography.success) return geography.data;
  } catch {
    // No JSON at all: the same complaint.
  }
  context.addIssue({ code: 'custom', message: 'must be JSON of address → {"country":"DE","asn":64500}' });
  return z.NEVER;
});

/** A key ring as text. */
const keyRingText = z.string().transform((text, context) => {
  const ring = parseKeyRing(text);
  if (ring) return ring;
  context.addIssue({ code: 'custom', message: 'must be kid:base64 of 32 bytes' });
  return z.NEVER;
});

/** Every variable and secret of the Worker: what it means, its form, its default. */
const configSchema = z.object({
  /** Permits private and loopback addresses. The local default; never true on a deployment. */
  ALLOW_PRIVATE_NETWORKS: flag.default(false),
  /** Who may register: everyone, holders of an invite, nobody. */
  REGISTRATION: z.enum(['open', 'invite', 'closed']).default('invite'),
  /** Credits a new account begins with. */
  SIGNUP_CREDITS: wholeNumber(0, 1_000_000).default(0),
  /** `off` turns the rate limits off, for tests. */
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  /** Requests a minute that a key may make on the JSON faces. */
  REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(1_200),
  /** Requests a minute that an address may make on the sessions face. */
  SESSIONS_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(100),
  /** `/ws` without a key gets what all accounts do. The local default; never true on a deployment with strangers. */
  PUBLIC_FEED: flag.default(false),
  /** Origins of pages that may open `/ws` besides our own, separated by commas. */
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform(
      (text) =>
        new Set(
          text
            .split(',')
            .map((origin) => origin.trim())
            .filter(Boolean),
        ),
    ),
  /** Seconds between two checks of a good proxy. */
  CHECK_INTERVAL_SECONDS: wholeNumber(10, 86_400).default(300),
  /** A pool with fewer leasable proxies raises `proxy.pool_low`; 0: never. */
  POOL_LOW_THRESHOLD: wholeNumber(0, 1_000_000).default(10),
  /** Live leases an account may hold. */
  MAX_LIVE_LEASES: wholeNumber(1, 100_000).default(1_000),
  /** Refunds that an account gets within 24 hours, for leases whose proxies were dead on arrival. */
  REFUNDS_PER_DAY: wholeNumber(0, 100_000).default(50),
  /** Where the checks reach this Worker's /judge through a proxy: an http:// URL. Empty: the checks can't run. */
  JUDGE_URL: z
    .union([z.literal(''), z.url({ protocol: /^http$/, error: 'must be empty or an http:// URL' })])
    .default(''),
  /** Seconds that a shutdown leaves to what still runs, besides waiting for live leases. */
  DRAIN_SECONDS: wholeNumber(0, 3_600).default(30),
  /** Local runs only: JSON of address → {country, asn}, in place of the edge's geography. */
  LAB_GEO: labGeoText.prefault('{}'),
  /** Resolver for names in URLs of callers (RFC 8484). Empty: names are judged by the platform alone. */
  DNS_OVER_HTTPS_URL: z
    .union([z.literal(''), z.url({ protocol: /^https?$/, error: 'must be empty or an https:// URL' })])
    .default('https://cloudflare-dns.com/dns-query'),
  /** The same by TLS: an https:// URL, on port 443 where proxies shall reach it. Empty: tunnels are not judged by TLS. */
  JUDGE_TLS_URL: z
    .union([z.literal(''), z.url({ protocol: /^https$/, error: 'must be empty or an https:// URL' })])
    .default(''),
  /** SHA-256 of the certificates that JUDGE_TLS_URL shows, hex, separated by commas. Empty: any that is trusted for its name. */
  JUDGE_TLS_FINGERPRINTS: z
    .string()
    .regex(/^(?:(?:[0-9A-Fa-f]{2}:?){32}(?:, ?|$))*$/, 'must be SHA-256 fingerprints, separated by commas')
    .default('')
    .transform((text) => text.toUpperCase().replaceAll(/[: ]/g, '').split(',').filter(Boolean)),
  /** PEM of certificates that TLS through proxies trusts as roots besides Mozilla's. */
  TLS_EXTRA_ROOTS: z
    .string()
    .default('')
    .transform((text, context) => {
      const roots = readCertificates(text);
      if (roots) return roots;
      context.addIssue({ code: 'custom', message: 'must be PEM certificates' });
      return z.NEVER;
    }),
  /** Secret: the built-in admin's key. Unset: there is no built-in admin. */
  ADMIN_API_KEY: z
    .string()
    .refine((text) => text === '' || API_KEY_FORM.test(text), 'must have the form of an API key')
    .default(''),
  /** Secret: keys that stored secrets are encrypted with, `kid:base64[@seconds]` of 32 bytes (see `parseKeyRing`). */
  ENCRYPTION_KEY: keyRingText,
  /** Secret: further keys, of the same form. `npm run rotate-key` puts each new key into the one of the two that it may replace. */
  ENCRYPTION_KEY_2: z
    .union([z.literal('').transform(() => new Map<string, RingKey>()), keyRingText])
    .default(new Map()),
  /** Secret: signs the judge's answers and the checks' nonces. */
  JUDGE_SECRET: z.string().min(SECRET_MIN_CHARACTERS),
});

/** Names of all variables and secrets. */
export const variableNames: readonly string[] = Object.keys(configSchema.shape);

/** What is wrong with a variable's value, without the value; null when it may stand. */
export function variableProblem(name: string, value: string): string | null {
  if (!variableNames.includes(name)) return `there is no such variable; there are ${variableNames.join(', ')}`;
  const parsed = parseConfig({ [name]: value });
  const issue = parsed.ok ? undefined : parsed.problems.find((problem) => problem.startsWith(`${name}: `));
  return issue === undefined ? null : issue.slice(name.length + 2);
}

export type Config = z.infer<typeof configSchema>;

export type ParsedConfig = { ok: true; config: Config } | { ok: false; problems: string[] };

function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

/** Reads and checks all variables. Problems name the variable and the rule, never the value. */
export function parseConfig(env: object): ParsedConfig {
  const parsed = configSchema.safeParse(env);
  if (parsed.success) {
    const ENCRYPTION_KEY = new Map([...parsed.data.ENCRYPTION_KEY, ...parsed.data.ENCRYPTION_KEY_2]);
    return { ok: true, config: { ...parsed.data, ENCRYPTION_KEY } };
  }
  return { ok: false, problems: problemsOf(parsed.error) };
}
