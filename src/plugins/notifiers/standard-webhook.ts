import { fromBase64, toBase64, utf8 } from '../../platform/bytes.ts';

const SECRET_PREFIX = 'whsec_';
/** Standard Webhooks 1.0, "Signature scheme": 24 to 64 random bytes. */
const SECRET_MIN_BYTES = 24;
const SECRET_MAX_BYTES = 64;

/** The bytes of a secret `whsec_` + base64; null when it is none, or too short to be one. */
export function parseWebhookSecret(secret: string): Uint8Array<ArrayBuffer> | null {
  if (!secret.startsWith(SECRET_PREFIX)) return null;
  const bytes = fromBase64(secret.slice(SECRET_PREFIX.length));
  if (!bytes || bytes.length < SECRET_MIN_BYTES || bytes.length > SECRET_MAX_BYTES) return null;
  return bytes;
}

async function signature(secret: string, content: string): Promise<string> {
  const bytes = parseWebhookSecret(secret);
  if (!bytes) throw new Error('not a webhook secret');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(content))))}`;
}

/**
 * The headers of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, one signature for each secret, the current
 * one first.
 */
export async function webhookHeaders(
  message: { id: string; atMs: number; body: string },
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const timestampSeconds = Math.floor(message.atMs / 1_000);
  const content = `${message.id}.${timestampSeconds}.${message.body}`;
  const signatures = await Promise.all(secrets.map((secret) => signature(secret, content)));
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
