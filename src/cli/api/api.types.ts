import type { z } from 'zod';
import type { logLineSchema, logListSchema } from '../../ops/logs/logs.schemas.ts';
import type { processDetailSchema, processListSchema, statusSchema } from '../../ops/processes/processes.schemas.ts';
import type { requestListSchema, requestSchema } from '../../ops/requests/requests.schemas.ts';
import type { releasedSchema } from '../../proxy-pool/leases/leases.schemas.ts';

// What the API answers, as the schemas that validate it say: types alone. Those of the dashboard are the same.
export type {
  Account,
  AcquiredLease,
  Credits,
  Lease,
  Page,
  PoolStats,
  ProxyView,
  ReportedLease,
  Source,
  Transaction,
} from '../../dashboard/api/types.ts';

export type ProcessList = z.infer<typeof processListSchema>;
export type ProcessDetail = z.infer<typeof processDetailSchema>;
export type SupervisorStatus = z.infer<typeof statusSchema>;
export type LogLine = z.infer<typeof logLineSchema>;
export type LogList = z.infer<typeof logListSchema>;
export type ProxiedRequest = z.infer<typeof requestSchema>;
export type ProxiedRequestList = z.infer<typeof requestListSchema>;
export type ReleasedLease = z.infer<typeof releasedSchema>;

export interface Health {
  status: string;
  d1: string;
  durable_objects: string;
  queues: string;
  version: string;
}
