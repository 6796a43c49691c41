import { toTimestamp } from '../../platform/clock.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import { assertUnchanged } from '../credentials/credentials.service.ts';
import type { TargetRow } from '../gateway.tables.ts';
import { createPartId } from '../part-id.ts';
import { identityOf, type PartKind } from '../parts.service.ts';
import type { NewTarget, TargetChange } from './targets.schemas.ts';

function render(row: TargetRow, accountId: string) {
  return {
    ...identityOf(row, accountId),
    targetName: row.name,
    targetRegion: row.region,
    targetBaseURL: row.baseUrl,
    targetTestPath: row.testPath,
    targetDefaultRuleEffect: row.defaultRuleEffect,
    targetCreatedAt: toTimestamp(row.createdAtMs),
    targetUpdatedAt: toTimestamp(row.updatedAtMs),
  };
}

/** Targets: a base URL whose address is judged when it is set (`ADDRESS_NOT_ALLOWED`) and again before it is called. */
export function createTargetKind(
  policy: AddressPolicy,
): PartKind<TargetRow, NewTarget, TargetChange, ReturnType<typeof render>> {
  return {
    name: 'target',

    async newRow(input, clientId, nowMs) {
      await assertPublicUrl(input.targetBaseURL, policy);
      return {
        id: createPartId('tgt'),
        clientId,
        name: input.targetName,
        region: input.targetRegion,
        baseUrl: input.targetBaseURL,
        testPath: input.targetTestPath ?? null,
        defaultRuleEffect: input.targetDefaultRuleEffect,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      };
    },

    async updateFor(row, change) {
      assertUnchanged('targetRegion', row.region, change.targetRegion);
      if (change.targetBaseURL !== undefined) await assertPublicUrl(change.targetBaseURL, policy);
      return {
        ...(change.targetName !== undefined && { name: change.targetName }),
        ...(change.targetBaseURL !== undefined && { baseUrl: change.targetBaseURL }),
        ...(change.targetTestPath !== undefined && { testPath: change.targetTestPath }),
        ...(change.targetDefaultRuleEffect && { defaultRuleEffect: change.targetDefaultRuleEffect }),
      };
    },

    render,
  };
}
