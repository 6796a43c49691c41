import { createAccountsStore } from '../../accounts/accounts.store.ts';
import type { Database } from '../../platform/db/client.ts';
import { forgetExpiredAnswers } from '../../platform/db/idempotent-create.ts';
import { createWalksStore } from '../../platform/db/walks.store.ts';
import { createDueStore } from '../../proxy-pool/checks/due.store.ts';
import { createOldChecksStore } from '../../proxy-pool/checks/old-checks.store.ts';
import { createLeaseReportsStore } from '../../proxy-pool/leases/lease-reports.store.ts';
import { createDeadProxiesStore } from '../../proxy-pool/proxies/dead-proxies.store.ts';
import { createCheckHistoryStore } from '../../proxy-pool/stats/history.store.ts';
import { createOldSessionsService } from '../../sessions/old-sessions.service.ts';
import { createOldSessionsStore } from '../../sessions/old-sessions.store.ts';
import type { RequestLog } from '../requests/request-log.client.ts';
import { createRetention } from './retention.service.ts';

interface Dependencies {
  database: Database;
  binding: D1Database;
  requestLog: RequestLog;
}

/** Retention over everything that has an age. */
export function createRetentionJobs({ database, binding, requestLog }: Dependencies) {
  const accounts = createAccountsStore(database);
  const walks = createWalksStore(database);
  return createRetention({
    deadProxies: createDeadProxiesStore(binding),
    oldChecks: createOldChecksStore(binding),
    walks,
    requestLog,
    oldSessions: createOldSessionsService({ store: createOldSessionsStore(binding), walks }),
    forget: {
      idempotentAnswers: (nowMs, maxRows) => forgetExpiredAnswers(database, nowMs, maxRows),
      usedInvites: (usedBeforeMs, maxRows) => accounts.forgetUsedInvites(usedBeforeMs, maxRows),
      leaseReports: (createdBeforeMs, maxRows) => createLeaseReportsStore(database).forget(createdBeforeMs, maxRows),
      checkHistory: (ages, maxRows) => createCheckHistoryStore(database).forget(ages, maxRows),
      sweeps: (startedBeforeMs) => createDueStore(database).pruneSweeps(startedBeforeMs),
    },
  });
}
