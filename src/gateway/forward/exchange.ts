import type { Clock } from '../../platform/clock.ts';
import { UNREACHABLE_CODE } from '../telemetry/telemetry.model.ts';
import type { TelemetryMeters } from '../telemetry/telemetry-meter.client.ts';
import type { Snapshot } from './snapshot.client.ts';
import type { ProxyName } from './snapshot.store.ts';

const MS_PER_SECOND = 1_000;

/** A call, taken apart: which proxy it names and what follows that name, as the URL has it. */
export interface GatewayCall {
  name: ProxyName;
  path: string;
  query: string;
}

/** Who calls. */
export interface Visitor {
  address: string | null;
  /** ISO 3166-1 alpha-2, or `UNKNOWN_COUNTRY`. */
  country: string;
}

/** What the target did. */
export interface TargetOutcome {
  /** Null: it could not be reached. */
  status: number | null;
  durationMs: number;
}

/** One call on its way through the gateway, for those who keep count of it. */
export interface Exchange {
  snapshot: Snapshot;
  visitor: Visitor;
  startedAtMs: number;
  /** Null until the target was asked. */
  target: TargetOutcome | null;
}

interface Dependencies {
  meters: TelemetryMeters;
  clock: Clock;
}

/** Keeps count of calls: both legs in the telemetry. Nothing of it is waited for. */
export function createCallRecorder({ meters, clock }: Dependencies) {
  return {
    open: (snapshot: Snapshot, visitor: Visitor): Exchange => ({
      snapshot,
      visitor,
      startedAtMs: clock.nowMs(),
      target: null,
    }),

    /** To be called once, with what the caller is answered. */
    close({ snapshot, visitor, startedAtMs, target }: Exchange, status: number): void {
      const atMs = clock.nowMs();
      meters.record(snapshot.proxyId, {
        atMs,
        country: visitor.country,
        proxy: { code: status, seconds: (atMs - startedAtMs) / MS_PER_SECOND },
        target: target && {
          code: target.status ?? UNREACHABLE_CODE,
          seconds: target.durationMs / MS_PER_SECOND,
        },
      });
    },
  };
}

export type CallRecorder = ReturnType<typeof createCallRecorder>;
