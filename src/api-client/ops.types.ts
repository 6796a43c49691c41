import type { z } from 'zod';
import type { logListSchema } from '../ops/logs/logs.schemas.ts';
import type { processDetailSchema, processListSchema, statusSchema } from '../ops/processes/processes.schemas.ts';
import type { requestDetailSchema, requestListSchema } from '../ops/requests/requests.schemas.ts';

export type ProcessList = z.infer<typeof processListSchema>;
export type BackgroundProcess = ProcessList['processes'][number];
export type ProcessDetail = z.infer<typeof processDetailSchema>;
export type SupervisorStatus = z.infer<typeof statusSchema>;
export type LogList = z.infer<typeof logListSchema>;
export type LogLine = LogList['logs'][number];
export type RequestList = z.infer<typeof requestListSchema>;
export type ProxiedRequest = RequestList['requests'][number];
export type ProxiedRequestDetail = z.infer<typeof requestDetailSchema>;
