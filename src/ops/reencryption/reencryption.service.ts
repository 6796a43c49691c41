import type { WalksStore } from '../../platform/db/walks.store.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import type { ReencryptionStore, SealedText } from './reencryption.store.ts';
import { type SealedColumn, sealedColumns } from './sealed-columns.ts';

/** Texts of a column looked at in a run: 288,000 a day, and a batch that D1 takes within a second. */
export const MAX_TEXTS_PER_RUN = 200;
/** The first look comes so long after a key began to seal: nobody's clock is that far behind, who seals with the old one. */
export const SETTLE_MS = 60_000;
/** Where a walk stands that is through: after every key. */
const THROUGH = '\uffff';

interface Dependencies {
  store: ReencryptionStore;
  walks: WalksStore;
  secretBox: SecretBox;
  logger: Logger;
}

/** Encrypts what is stored anew when another key seals, bit by bit, while everything goes on. */
export function createReencryption({ store, walks, secretBox, logger }: Dependencies) {
  /** The text under the key that seals now; null when it is, or when no key opens it. */
  async function resealed({ context }: SealedColumn, text: SealedText, keyId: string) {
    if (text.sealed.startsWith(`${keyId}.`)) return null;
    try {
      const plain = await secretBox.open(text.sealed, context(text.key));
      return { ...text, next: await secretBox.seal(plain, context(text.key)) };
    } catch {
      return null;
    }
  }

  async function step(column: SealedColumn, keyId: string): Promise<number> {
    const walk = `reencryption ${keyId} ${column.table}`;
    const after = await walks.position(walk);
    if (after === THROUGH) return 0;
    const page = await store.page(column, after, MAX_TEXTS_PER_RUN);
    const texts = (await Promise.all(page.map((text) => resealed(column, text, keyId)))).filter(
      (text) => text !== null,
    );
    await store.replace(column, texts);
    const isThrough = page.length < MAX_TEXTS_PER_RUN;
    await walks.moveTo(walk, isThrough ? THROUGH : (page.at(-1)?.key ?? THROUGH));
    if (isThrough) await tellOfLost(column, keyId);
    return texts.length;
  }

  async function tellOfLost(column: SealedColumn, keyId: string): Promise<void> {
    const others = await store.countOthers(column, keyId);
    if (others > 0) logger.error('secrets that no key opens', { table: column.table, count: others });
  }

  return {
    /** A bounded part of what is left to do; returns how many texts it encrypted anew. */
    async run(nowMs: number): Promise<number> {
      const { keyId, sinceMs } = secretBox.sealing();
      if (secretBox.keyIds.length < 2 || nowMs < sinceMs + SETTLE_MS) return 0;
      let done = 0;
      for (const column of sealedColumns) done += await step(column, keyId);
      return done;
    },

    /** Which keys there are, which one seals, and how many texts are still under another. */
    async status() {
      const { keyId } = secretBox.sealing();
      const counts = await Promise.all(sealedColumns.map((column) => store.countOthers(column, keyId)));
      return {
        sealing_key: keyId,
        keys: [...secretBox.keyIds],
        secrets_under_other_keys: counts.reduce((sum, count) => sum + count, 0),
      };
    },
  };
}

export type Reencryption = ReturnType<typeof createReencryption>;
