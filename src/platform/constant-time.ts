import { utf8 } from './bytes.ts';

/** Compares two texts in time that does not depend on where they differ (digests first: lengths may differ). */
export async function equalInConstantTime(left: string, right: string): Promise<boolean> {
  const [leftDigest, rightDigest] = await Promise.all([
    crypto.subtle.digest('SHA-256', utf8(left)),
    crypto.subtle.digest('SHA-256', utf8(right)),
  ]);
  return crypto.subtle.timingSafeEqual(leftDigest, rightDigest);
}
