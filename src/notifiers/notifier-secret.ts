import type { SecretBox } from '../platform/secrets.ts';
import type { NotifierSecret } from '../plugins/notifiers/notifier.types.ts';
import type { NotifierRow } from './notifiers.types.ts';

/** After a change of the secret the old one signs as well for this long: a receiver has a day to change over. */
export const SECRET_OVERLAP_MS = 24 * 60 * 60 * 1000;

type SecretColumns = Pick<NotifierRow, 'id' | 'secretSealed' | 'previousSecretUntilMs'>;

export const secretContext = (notifierId: string) => `notifier-secret:${notifierId}`;

export function createNotifierSecrets(secretBox: SecretBox) {
  async function read({ id, secretSealed }: SecretColumns): Promise<NotifierSecret | null> {
    return secretSealed === null ? null : JSON.parse(await secretBox.open(secretSealed, secretContext(id)));
  }

  async function seal(notifierId: string, secret: NotifierSecret, previousSecretUntilMs: number | null) {
    const secretSealed = await secretBox.seal(JSON.stringify(secret), secretContext(notifierId));
    return { secretSealed, previousSecretUntilMs };
  }

  return {
    /** What is in force now; null without a secret. */
    async open(row: SecretColumns, nowMs: number): Promise<NotifierSecret | null> {
      const secret = await read(row);
      const isOver = row.previousSecretUntilMs === null || nowMs >= row.previousSecretUntilMs;
      return secret && isOver ? { ...secret, previous: null } : secret;
    },

    /** The columns of a new secret that is the only one at once. */
    seal: (notifierId: string, secret: string) => seal(notifierId, { current: secret, previous: null }, null),

    /** The columns of a new secret beside the one before it. The same secret again ends a rotation. */
    async rotate(row: SecretColumns, secret: string, nowMs: number) {
      const before = await read(row);
      if (!before || before.current === secret) return seal(row.id, { current: secret, previous: null }, null);
      return seal(row.id, { current: secret, previous: before.current }, nowMs + SECRET_OVERLAP_MS);
    },
  };
}

export type NotifierSecrets = ReturnType<typeof createNotifierSecrets>;
