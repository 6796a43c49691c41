import type { CallBuffer } from '../../platform/durable/call-buffer.ts';
import { callStub } from '../../platform/durable/stub-call.ts';
import { createId } from '../../platform/ids.ts';
import type { CallMeasure } from './telemetry.types.ts';
import type { TelemetryMeter } from './telemetry-meter.do.ts';

interface Dependencies {
  namespace: DurableObjectNamespace<TelemetryMeter>;
  /** Gathers the calls of a moment: one message for all of them. */
  buffer(send: (proxyId: string, measures: CallMeasure[]) => Promise<void>): CallBuffer<CallMeasure>;
}

/** The one way to the meters; each is named by its gateway proxy's id. */
export function createTelemetryMeters({ namespace, buffer }: Dependencies) {
  const meterOf = (proxyId: string) => () => namespace.getByName(proxyId);
  const calls = buffer((proxyId, measures) => {
    const batchId = createId();
    return callStub(meterOf(proxyId), async (meter) => meter.record(proxyId, batchId, measures));
  });
  return {
    /** Counts a call, after the answer. */
    record: (proxyId: string, measure: CallMeasure): void => calls.add(proxyId, measure),

    /** Brings D1 up to date with what was counted of a proxy. */
    flush: (proxyId: string): Promise<void> => callStub(meterOf(proxyId), async (meter) => meter.flush()),
  };
}

export type TelemetryMeters = ReturnType<typeof createTelemetryMeters>;
