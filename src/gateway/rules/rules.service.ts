import { toTimestamp } from '../../platform/clock.ts';
import type { RuleRow } from '../gateway.tables.ts';
import { createPartId } from '../part-id.ts';
import { identityOf, type PartKind } from '../parts.service.ts';
import type { NewRule, RuleChange } from './rules.schemas.ts';

function render(row: RuleRow, accountId: string) {
  return {
    ...identityOf(row, accountId, row.parentId),
    effect: row.effect,
    ...row.conditions,
    priority: row.priority,
    notes: row.notes,
    ruleCreatedAt: toTimestamp(row.createdAtMs),
    ruleUpdatedAt: toTimestamp(row.updatedAtMs),
  };
}

/** Rules on one credential, target or proxy. */
export function createRuleKind(parentId: string): PartKind<RuleRow, NewRule, RuleChange, ReturnType<typeof render>> {
  return {
    name: 'rule',

    async newRow({ effect, priority, notes, ...conditions }, clientId, nowMs) {
      const id = createPartId('rule');
      return { id, clientId, parentId, effect, conditions, priority, notes, createdAtMs: nowMs, updatedAtMs: nowMs };
    },

    async updateFor(row, { effect, priority, notes, methods, path, headerChecks, queryChecks }) {
      return {
        ...(effect && { effect }),
        ...(priority !== undefined && { priority }),
        ...(notes !== undefined && { notes }),
        conditions: {
          methods: methods ?? row.conditions.methods,
          path: path === undefined ? row.conditions.path : path,
          headerChecks: headerChecks ?? row.conditions.headerChecks,
          queryChecks: queryChecks ?? row.conditions.queryChecks,
        },
      };
    },

    render,
  };
}
