import type { z } from 'zod';
import type { releasedSchema } from '../../proxy-pool/leases/leases.schemas.ts';

export type {
  LogLine,
  LogList,
  ProcessDetail,
  ProcessList,
  ProxiedRequest,
  RequestList as ProxiedRequestList,
  SupervisorStatus,
} from '../../api-client/ops.types.ts';
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
} from '../../api-client/pool.types.ts';

export type ReleasedLease = z.infer<typeof releasedSchema>;

export interface Health {
  status: string;
  d1: string;
  durable_objects: string;
  queues: string;
  version: string;
}
