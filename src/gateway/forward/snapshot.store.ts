import { and, eq, inArray } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Database } from '../../platform/db/client.ts';
import { gatewayClients, gatewayCredentials, gatewayProxies, gatewayRules, gatewayTargets } from '../gateway.tables.ts';

/** How a call names its proxy. */
export type ProxyName = { proxyId: string } | { clientId: string; alias: string };

export function createSnapshotStore(database: Database) {
  const targetCredentials = alias(gatewayCredentials, 'target_credential');
  return {
    /** Everything that decides on calls of one proxy; null when there is no such proxy. */
    async find(name: ProxyName) {
      const [parts] = await database
        .select({
          accountId: gatewayClients.accountId,
          proxy: gatewayProxies,
          proxyCredential: gatewayCredentials,
          target: gatewayTargets,
          targetCredential: targetCredentials,
        })
        .from(gatewayProxies)
        .innerJoin(gatewayClients, eq(gatewayClients.id, gatewayProxies.clientId))
        .innerJoin(gatewayCredentials, eq(gatewayCredentials.id, gatewayProxies.proxyCredentialId))
        .innerJoin(gatewayTargets, eq(gatewayTargets.id, gatewayProxies.targetId))
        .innerJoin(targetCredentials, eq(targetCredentials.id, gatewayProxies.targetCredentialId))
        .where(
          'proxyId' in name
            ? eq(gatewayProxies.id, name.proxyId)
            : and(eq(gatewayProxies.clientId, name.clientId), eq(gatewayProxies.alias, name.alias)),
        );
      if (!parts) return null;
      const { proxy, proxyCredential, target, targetCredential } = parts;
      const parentIds = [proxy.id, proxyCredential.id, target.id, targetCredential.id];
      const rules = await database.select().from(gatewayRules).where(inArray(gatewayRules.parentId, parentIds));
      return { ...parts, rules };
    },
  };
}

export type SnapshotStore = ReturnType<typeof createSnapshotStore>;
export type ProxyParts = NonNullable<Awaited<ReturnType<SnapshotStore['find']>>>;
