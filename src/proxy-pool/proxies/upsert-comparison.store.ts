import type { SecretBox } from '../../platform/secrets.ts';
import type { ProxyProtocol } from './proxies.types.ts';

/** How seldom `last_seen_at` is written: a re-scrape of a known list costs almost nothing. */
export const LAST_SEEN_RESOLUTION_MS = 24 * 60 * 60 * 1000;

/** The context under which a proxy's password is sealed. */
export const passwordContext = (proxyId: string) => `proxy-password:${proxyId}`;

export interface UpsertProxy {
  ip: string;
  port: number;
  protocol: ProxyProtocol;
  username: string | null;
  password: string | null;
  country: string | null;
  tags: Readonly<Record<string, string>>;
  /** False: stored as `unsupported`, never checked. */
  isDialable: boolean;
}

export interface UpsertOrigin {
  sourceId: string;
  poolNumber: number;
  nowMs: number;
}

interface KnownRow {
  position: number;
  id: string;
  source_id: string | null;
  owner_exists: number;
  username: string | null;
  password_sealed: string | null;
  country: string | null;
  last_checked_at: number | null;
  last_seen_at: number;
  is_shared: number;
}

const FIND_KNOWN = `
  SELECT entry.key AS position, proxies.id, proxies.source_id, sources.id IS NOT NULL AS owner_exists, proxies.username,
    proxies.password_sealed, proxies.country, proxies.last_checked_at, proxies.last_seen_at, proxies.is_shared
  FROM json_each(?1) AS entry
  CROSS JOIN proxies ON proxies.ip = entry.value ->> 0 AND proxies.port = entry.value ->> 1 AND proxies.protocol = entry.value ->> 2
  LEFT JOIN sources ON sources.id = proxies.source_id`;

/** What the inventory lacks of a part of a list. */
export interface UpsertChanges {
  fresh: UpsertProxy[];
  seenIds: string[];
  /** Another source brought them first, and until now alone. */
  sharedIds: string[];
  countries: [id: string, country: string][];
  credentials: [id: string, username: string | null, passwordSealed: string | null][];
}

/** Encrypts a proxy's password for its row; none for none. */
export function createPasswordSeal(secretBox: SecretBox) {
  return async (proxyId: string, password: string | null) =>
    password === null ? null : secretBox.seal(password, passwordContext(proxyId));
}

export function createUpsertComparison({ binding, secretBox }: { binding: D1Database; secretBox: SecretBox }) {
  const seal = createPasswordSeal(secretBox);

  async function findKnown(entries: readonly UpsertProxy[]): Promise<Map<number, KnownRow>> {
    const keys = JSON.stringify(entries.map(({ ip, port, protocol }) => [ip, port, protocol]));
    const { results } = await binding.prepare(FIND_KNOWN).bind(keys).all<KnownRow>();
    return new Map(results.map((row) => [row.position, row]));
  }

  async function hasOtherCredentials(row: KnownRow, entry: UpsertProxy): Promise<boolean> {
    if (row.username !== entry.username) return true;
    if (row.password_sealed === null || entry.password === null) {
      return (row.password_sealed === null) !== (entry.password === null);
    }
    // What can't be opened any more (a key that is gone) is as good as another password.
    const stored = await secretBox.open(row.password_sealed, passwordContext(row.id)).catch(() => null);
    return stored !== entry.password;
  }

  /** Sorts distinct proxies of a list by what the inventory lacks of them; writes nothing. */
  return async function compare(entries: readonly UpsertProxy[], origin: UpsertOrigin): Promise<UpsertChanges> {
    const known = await findKnown(entries);
    const changes: UpsertChanges = { fresh: [], seenIds: [], sharedIds: [], countries: [], credentials: [] };
    for (const [position, entry] of entries.entries()) {
      const row = known.get(position);
      if (!row) {
        changes.fresh.push(entry);
        continue;
      }
      if (row.last_seen_at <= origin.nowMs - LAST_SEEN_RESOLUTION_MS) changes.seenIds.push(row.id);
      if (row.is_shared === 0 && row.source_id !== origin.sourceId) changes.sharedIds.push(row.id);
      if (row.country === null && row.last_checked_at === null && entry.country !== null) {
        changes.countries.push([row.id, entry.country]);
      }
      const isOurs = row.source_id === origin.sourceId || row.owner_exists === 0;
      if (isOurs && (await hasOtherCredentials(row, entry))) {
        changes.credentials.push([row.id, entry.username, await seal(row.id, entry.password)]);
      }
    }
    return changes;
  };
}
