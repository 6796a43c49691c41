import { z } from '@hono/zod-openapi';
import { integerParameter } from '../../platform/http/openapi.ts';
import { proxyParameters } from '../api-proxies/api-proxies.schemas.ts';
import { intervals } from './telemetry.types.ts';

const DEFAULT_RECORDS = 100;
const MAX_RECORDS = 1_000;

export const telemetryParameters = proxyParameters;

const timeField = z.iso.datetime({ offset: true });

export const telemetryQuery = z
  .object({
    interval: z.enum(intervals).default('hour'),
    startDate: timeField.optional().openapi({ description: 'From the interval on that holds this time.' }),
    endDate: timeField.optional().openapi({ description: 'Up to the interval that holds this time.' }),
    limit: integerParameter(1, MAX_RECORDS)
      .default(DEFAULT_RECORDS)
      .openapi({
        param: { schema: { type: 'integer', minimum: 1, maximum: MAX_RECORDS, default: DEFAULT_RECORDS } },
        description: 'The newest ones.',
      }),
  })
  .refine(
    ({ startDate, endDate }) =>
      startDate === undefined || endDate === undefined || Date.parse(startDate) <= Date.parse(endDate),
    { path: ['endDate'], message: 'must not be before startDate' },
  );

const counts = (example: Record<string, number>) => z.record(z.string(), z.number().int()).openapi({ example });
const figures = (example: Record<string, number>) => z.record(z.string(), z.number()).openapi({ example });

const telemetryRecord = z
  .object({
    pKey: z.string(),
    sKey: z.string().openapi({ example: '2025-09-10-02' }),
    proxyId: z.string(),
    countMap: counts({ proxy: 150, target: 142 }),
    successCountMap: counts({ proxy: 148, target: 140 }),
    errorCountMap: counts({ proxy: 2, target: 2 }),
    totalResponseTimeMap: figures({ proxy: 116.145, target: 110.036 }),
    codeCountMap: counts({ '200:proxy': 148, '200:target': 140 }),
    codeTotalRTMap: figures({ '200:proxy': 113.822, '200:target': 107.713 }),
    countryCountMap: counts({ 'US:proxy': 90, 'US:target': 85 }),
    countryTotalRTMap: figures({ 'US:proxy': 69.687, 'US:target': 65.834 }),
    averageResponseTimeMap: figures({ proxy: 0.7743, target: 0.7749 }),
    successRateMap: figures({ proxy: 0.9867, target: 0.9859 }),
    errorRateMap: figures({ proxy: 0.0133, target: 0.0141 }),
    countryAverageRTMap: figures({ 'US:proxy': 0.7743, 'US:target': 0.7745 }),
    ewmaResponseTime: z.number(),
  })
  .openapi('TelemetryRecord', { description: 'Times are seconds until the head of the answer. Code 0: not reached.' });

export const telemetrySchema = z.object({
  message: z.string(),
  interval: z.enum(intervals),
  telemetry: z.array(telemetryRecord),
});

export type TelemetryQuery = z.infer<typeof telemetryQuery>;
