import { asc, eq, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { Database } from '../../platform/db/client.ts';
import { sequences } from '../../platform/db/platform.tables.ts';
import { affectedTargets } from './configuration.model.ts';
import {
  routingHolds,
  routingPendingTargets,
  routingPools,
  routingProviders,
  routingTargets,
} from './configuration.tables.ts';
import type { InventoryHold, RoutingConfiguration } from './configuration.types.ts';

const byName = <Row extends { name: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [row.name, row]));

/** What is in `after` and not, or as another object, in `before`. */
const changed = <Row>(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>): Row[] =>
  [...after].filter(([name, row]) => before.get(name) !== row).map(([, row]) => row);

const removed = (before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): string[] =>
  [...before.keys()].filter((name) => !after.has(name));

export interface PendingTarget {
  targetName: string;
  revision: number;
}

function rowWrites(
  database: Database,
  before: RoutingConfiguration,
  after: RoutingConfiguration,
): BatchItem<'sqlite'>[] {
  const gone = removed(before.targets, after.targets);
  return [
    ...changed(before.providers, after.providers).map((row) =>
      database.insert(routingProviders).values(row).onConflictDoUpdate({ target: routingProviders.name, set: row }),
    ),
    ...changed(before.pools, after.pools).map((row) =>
      database.insert(routingPools).values(row).onConflictDoUpdate({ target: routingPools.name, set: row }),
    ),
    ...changed(before.targets, after.targets).map((row) =>
      database.insert(routingTargets).values(row).onConflictDoUpdate({ target: routingTargets.name, set: row }),
    ),
    ...gone.map((name) => database.delete(routingTargets).where(eq(routingTargets.name, name))),
    ...removed(before.pools, after.pools).map((name) =>
      database.delete(routingPools).where(eq(routingPools.name, name)),
    ),
    ...removed(before.providers, after.providers).map((name) =>
      database.delete(routingProviders).where(eq(routingProviders.name, name)),
    ),
  ];
}

/** All at once: a provider may follow a thousand proxies. */
function holdWrites(
  database: Database,
  before: RoutingConfiguration['holds'],
  after: RoutingConfiguration['holds'],
): BatchItem<'sqlite'>[] {
  const put: InventoryHold[] = changed(before, after);
  const gone = removed(before, after);
  const value = (field: keyof InventoryHold) => sql`value ->> ${`$.${field}`}`;
  const rows = sql`SELECT ${value('proxyId')}, ${value('poolNumber')}, ${value('provider')}, ${value('address')},
    ${value('joinedRevision')}, ${value('draining')} FROM json_each(${JSON.stringify(put)}) WHERE true`;
  const insert = database
    .insert(routingHolds)
    .select(rows)
    .onConflictDoUpdate({
      target: routingHolds.proxyId,
      set: {
        poolNumber: sql`excluded.pool_number`,
        provider: sql`excluded.provider`,
        address: sql`excluded.address`,
        joinedRevision: sql`excluded.joined_revision`,
        draining: sql`excluded.draining`,
      },
    });
  const list = JSON.stringify(gone);
  return [
    ...(put.length > 0 ? [insert] : []),
    ...(gone.length > 0
      ? [database.delete(routingHolds).where(sql`${routingHolds.proxyId} IN (SELECT value FROM json_each(${list}))`)]
      : []),
  ];
}

export function createConfigurationStore(database: Database) {
  const revisionRow = eq(sequences.name, 'routing_revision');
  const readRevision = () => database.select({ value: sequences.value }).from(sequences).where(revisionRow);

  /** Fails the whole batch when another change took this revision since: `value` can't be null. */
  const takeRevision = (revision: number) =>
    database
      .update(sequences)
      .set({ value: sql`CASE WHEN ${sequences.value} = ${revision - 1} THEN ${revision} END` })
      .where(revisionRow);

  /** Every target that the change reaches has its revision, and its Rotor yet to hear of it. */
  function cascade(names: readonly string[], revision: number): BatchItem<'sqlite'>[] {
    const list = JSON.stringify(names);
    return [
      database
        .update(routingTargets)
        .set({ revision })
        .where(sql`${routingTargets.name} IN (SELECT value FROM json_each(${list}))`),
      database
        .insert(routingPendingTargets)
        .select(sql`SELECT value, ${revision} FROM json_each(${list}) WHERE true`)
        .onConflictDoUpdate({ target: routingPendingTargets.targetName, set: { revision } }),
    ];
  }

  return {
    /** All definitions, as they were at one moment. */
    async read(): Promise<RoutingConfiguration> {
      const [revisions, providers, pools, targets, holds] = await database.batch([
        readRevision(),
        database.select().from(routingProviders).orderBy(asc(routingProviders.createdRevision)),
        database.select().from(routingPools).orderBy(asc(routingPools.createdRevision)),
        database.select().from(routingTargets).orderBy(asc(routingTargets.createdRevision)),
        database.select().from(routingHolds).orderBy(asc(routingHolds.joinedRevision)),
      ]);
      return {
        revision: revisions[0]?.value ?? 0,
        providers: byName(providers),
        pools: byName(pools),
        targets: byName(targets),
        holds: new Map(holds.map((hold) => [hold.proxyId, hold])),
      };
    },

    /** The revision alone: one row. */
    async revision(): Promise<number> {
      const [row] = await readRevision();
      return row?.value ?? 0;
    },

    /**
     * The writes that turn one configuration into the next, for one batch: the revision, the definitions, and the news for
     * the Rotors of all targets that are reached. The batch fails as `isRevisionTaken` when another change came between.
     */
    writes(before: RoutingConfiguration, after: RoutingConfiguration): [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]] {
      const names = affectedTargets(before, after);
      const revision = before.revision + 1;
      return [
        takeRevision(revision),
        ...rowWrites(database, before, after),
        ...holdWrites(database, before.holds, after.holds),
        ...(names.length > 0 ? cascade(names, revision) : []),
      ];
    },

    /** Targets whose Rotor has yet to hear of a change: all, or those of these names. */
    pending(names?: readonly string[]): Promise<PendingTarget[]> {
      const asked =
        names && sql`${routingPendingTargets.targetName} IN (SELECT value FROM json_each(${JSON.stringify(names)}))`;
      return database.select().from(routingPendingTargets).where(asked);
    },

    /** Their Rotors have heard of these changes. A later one of the same target stays pending. */
    async heard(told: readonly PendingTarget[]): Promise<void> {
      await database.run(sql`DELETE FROM routing_pending_targets WHERE EXISTS (
        SELECT 1 FROM json_each(${JSON.stringify(told)}) AS told
        WHERE told.value ->> 'targetName' = target_name AND told.value ->> 'revision' >= revision)`);
    },
  };
}

/** True when a batch of `writes` failed because another change came first: read again, and try again. */
export function isRevisionTaken(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.message.includes('NOT NULL constraint failed: sequences.value')) return true;
  }
  return false;
}

export type ConfigurationStore = ReturnType<typeof createConfigurationStore>;
