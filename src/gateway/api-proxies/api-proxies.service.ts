import type { Caller } from '../../accounts/actor.ts';
import { toTimestamp } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Egress } from '../../routing/forward/egress.ts';
import { assertUnchanged } from '../credentials/credentials.service.ts';
import type { ApiProxyRow, CredentialRow, TargetRow } from '../gateway.tables.ts';
import { createPartId } from '../part-id.ts';
import { identityOf, type PartKind } from '../parts.service.ts';
import type { PartsStore } from '../parts.store.ts';
import type { NewProxy, ProxyChange } from './api-proxies.schemas.ts';

interface Dependencies {
  stores: { credentials: PartsStore<CredentialRow>; targets: PartsStore<TargetRow> };
  egress: Pick<Egress, 'problemOf'>;
}

type Assembly = Pick<ApiProxyRow, 'clientId' | 'region' | 'proxyCredentialId' | 'targetId' | 'targetCredentialId'>;

function render(row: ApiProxyRow, accountId: string) {
  return {
    ...identityOf(row, accountId),
    proxyName: row.name,
    proxyRegion: row.region,
    proxyProxyCredentialId: row.proxyCredentialId,
    proxyTargetId: row.targetId,
    proxyTargetCredentialId: row.targetCredentialId,
    proxyActive: row.isActive,
    proxyCreatedAt: toTimestamp(row.createdAtMs),
    proxyUpdatedAt: toTimestamp(row.updatedAtMs),
    proxyDefaultRuleEffect: row.defaultRuleEffect,
    proxyAlias: row.alias,
    proxyAdditionalHeaders: row.additionalHeaders,
    proxyAdditionalQueryParams: row.additionalQueryParams,
    proxyAdditionalData: row.additionalData,
    proxyMaxRequestsPerMinute: row.maxRequestsPerMinute,
    proxyMaxRequestsPerDay: row.maxRequestsPerDay,
    proxyEgressTarget: row.egressTarget,
    proxyCaptureBodies: row.capturesBodies,
  };
}

function unknownPart(field: string, what: string) {
  return appError('UNKNOWN_PART', { message: `${field}: the client has no such ${what}.`, details: { field } });
}

/** The parts of a proxy are there, of the right type, and in its region: `UNKNOWN_PART`, `REGION_MISMATCH`. */
async function assertAssembled({ stores }: Dependencies, proxy: Assembly): Promise<void> {
  const { credentials, targets } = stores;
  const { clientId, region } = proxy;
  const [proxyCredential, target, targetCredential] = await Promise.all([
    credentials.find(clientId, proxy.proxyCredentialId),
    targets.find(clientId, proxy.targetId),
    credentials.find(clientId, proxy.targetCredentialId),
  ]);
  if (proxyCredential?.type !== 'proxy') throw unknownPart('proxyProxyCredentialId', "credential of type 'proxy'");
  if (!target) throw unknownPart('proxyTargetId', 'target');
  if (targetCredential?.type !== 'target') throw unknownPart('proxyTargetCredentialId', "credential of type 'target'");
  if ([proxyCredential, target, targetCredential].some((part) => part.region !== region)) {
    throw appError('REGION_MISMATCH');
  }
}

/** A routing target that is there and takes the caller's requests: `UNKNOWN_PART`, `FORBIDDEN`. */
async function assertEgress({ egress }: Dependencies, targetName: string | null | undefined, { role }: Caller) {
  if (targetName === null || targetName === undefined) return;
  const problem = await egress.problemOf(targetName, role);
  const details = { field: 'proxyEgressTarget' };
  if (problem === 'unknown') {
    throw appError('UNKNOWN_PART', {
      message: `proxyEgressTarget: there is no routing target '${targetName}'.`,
      details,
    });
  }
  if (problem === 'forbidden') {
    const message = `proxyEgressTarget: the routing target '${targetName}' does not take the role '${role}': an operator names roles in its allowedRoles.`;
    throw appError('FORBIDDEN', { message, details });
  }
}

function updateOf(change: ProxyChange): Partial<ApiProxyRow> {
  return {
    ...(change.proxyName !== undefined && { name: change.proxyName }),
    ...(change.proxyProxyCredentialId !== undefined && { proxyCredentialId: change.proxyProxyCredentialId }),
    ...(change.proxyTargetId !== undefined && { targetId: change.proxyTargetId }),
    ...(change.proxyTargetCredentialId !== undefined && { targetCredentialId: change.proxyTargetCredentialId }),
    ...(change.proxyActive !== undefined && { isActive: change.proxyActive }),
    ...(change.proxyDefaultRuleEffect && { defaultRuleEffect: change.proxyDefaultRuleEffect }),
    ...(change.proxyAlias !== undefined && { alias: change.proxyAlias }),
    ...(change.proxyAdditionalHeaders && { additionalHeaders: change.proxyAdditionalHeaders }),
    ...(change.proxyAdditionalQueryParams && { additionalQueryParams: change.proxyAdditionalQueryParams }),
    ...(change.proxyAdditionalData && { additionalData: change.proxyAdditionalData }),
    ...(change.proxyMaxRequestsPerMinute !== undefined && { maxRequestsPerMinute: change.proxyMaxRequestsPerMinute }),
    ...(change.proxyMaxRequestsPerDay !== undefined && { maxRequestsPerDay: change.proxyMaxRequestsPerDay }),
    ...(change.proxyEgressTarget !== undefined && { egressTarget: change.proxyEgressTarget }),
    ...(change.proxyCaptureBodies !== undefined && { capturesBodies: change.proxyCaptureBodies }),
  };
}

/** Gateway proxies: a credential of the caller's, a target, and the credential that the target wants. */
export function createApiProxyKind(
  dependencies: Dependencies,
): PartKind<ApiProxyRow, NewProxy, ProxyChange, ReturnType<typeof render>> {
  return {
    name: 'proxy',

    async newRow(input, clientId, nowMs, caller) {
      const row: ApiProxyRow = {
        id: createPartId('proxy'),
        clientId,
        name: input.proxyName,
        region: input.proxyRegion,
        proxyCredentialId: input.proxyProxyCredentialId,
        targetId: input.proxyTargetId,
        targetCredentialId: input.proxyTargetCredentialId,
        isActive: input.proxyActive,
        defaultRuleEffect: input.proxyDefaultRuleEffect,
        alias: input.proxyAlias ?? null,
        additionalHeaders: input.proxyAdditionalHeaders,
        additionalQueryParams: input.proxyAdditionalQueryParams,
        additionalData: input.proxyAdditionalData,
        maxRequestsPerMinute: input.proxyMaxRequestsPerMinute ?? null,
        maxRequestsPerDay: input.proxyMaxRequestsPerDay ?? null,
        egressTarget: input.proxyEgressTarget ?? null,
        capturesBodies: input.proxyCaptureBodies,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      };
      await assertAssembled(dependencies, row);
      await assertEgress(dependencies, row.egressTarget, caller);
      return row;
    },

    async updateFor(row, change, caller) {
      assertUnchanged('proxyRegion', row.region, change.proxyRegion);
      const update = updateOf(change);
      await assertAssembled(dependencies, { ...row, ...update });
      await assertEgress(dependencies, update.egressTarget, caller);
      return update;
    },

    render,
  };
}
