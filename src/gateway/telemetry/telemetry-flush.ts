import { createDatabase, isForeignKeyViolation } from '../../platform/db/client.ts';
import { createTelemetryStore } from './telemetry.store.ts';
import type { Bucket } from './telemetry.types.ts';

/** A meter's one write to D1: minutes, whole. False when their proxy is gone, and its telemetry with it. */
export async function flushMinutes(binding: D1Database, proxyId: string, minutes: readonly Bucket[]): Promise<boolean> {
  try {
    await createTelemetryStore(createDatabase(binding)).write(proxyId, 'minute', minutes);
    return true;
  } catch (error) {
    if (isForeignKeyViolation(error)) return false;
    throw error;
  }
}
