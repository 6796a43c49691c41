import { randomBytes } from 'node:crypto';
import { UserError } from './project.ts';

const KEY_BYTES = 32;
const SLOTS = ['ENCRYPTION_KEY', 'ENCRYPTION_KEY_2'] as const;

/** What a Worker says of its keys. */
export interface RotationState {
  sealingKey: string;
  keys: readonly string[];
  secretsUnderOtherKeys: number;
}

/** A new key, and the secret that holds it. */
export interface Rotation {
  keyId: string;
  slot: (typeof SLOTS)[number];
  value: string;
}

/** Keys are numbered, and take turns: odd ones are in ENCRYPTION_KEY (the first is k1), even ones in ENCRYPTION_KEY_2. */
function numberOf(keyId: string): number {
  const number = Number(/^k(\d{1,9})$/.exec(keyId)?.[1] ?? Number.NaN);
  if (Number.isInteger(number)) return number;
  throw new UserError(
    `The key '${keyId}' was not made by this program: put the next one by hand (see src/platform/secrets.ts).`,
  );
}

/**
 * The next key, sealing from a time on, and where it belongs. Refuses while the key that it would replace is needed: the
 * one before the newest, as long as a secret is encrypted with it.
 */
export function planRotation(state: RotationState, sealsFromSeconds: number): Rotation {
  const newest = Math.max(...state.keys.map(numberOf));
  if (newest !== numberOf(state.sealingKey)) {
    throw new UserError(`The key k${newest} does not seal yet: the rotation before this one has only just begun.`);
  }
  if (state.secretsUnderOtherKeys > 0) {
    throw new UserError(
      `${state.secretsUnderOtherKeys} secrets are not encrypted with ${state.sealingKey} yet; they will be, some hundred a minute.`,
    );
  }
  const keyId = `k${newest + 1}`;
  const slot = newest % 2 === 0 ? SLOTS[0] : SLOTS[1];
  return { keyId, slot, value: `${keyId}:${randomBytes(KEY_BYTES).toString('base64')}@${sealsFromSeconds}` };
}

/** A file of `NAME=value` lines with one value set anew, or added. */
export function withValue(text: string, name: string, value: string): string {
  const lines = text.split('\n').filter((line) => !new RegExp(`^\\s*${name}\\s*=`).test(line));
  while (lines.at(-1) === '') lines.pop();
  return `${[...lines, `${name}=${value}`].join('\n')}\n`;
}
