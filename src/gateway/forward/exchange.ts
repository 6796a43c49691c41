import type { RequestLog } from '../../ops/requests/request-log.client.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import { UNREACHABLE_CODE } from '../telemetry/telemetry.model.ts';
import type { TelemetryMeters } from '../telemetry/telemetry-meter.client.ts';
import { type BodyCapture, createBodyCapture } from './body-capture.ts';
import { toProxiedRequest } from './call-log.model.ts';
import type { OutgoingParts } from './outgoing.model.ts';
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

/** What the target was asked, and what it did. */
export interface TargetOutcome {
  url: string;
  parts: OutgoingParts;
  sent: readonly HeaderPair[];
  /** Null: of an unknown length, or none. */
  sentBytes: number | null;
  /** Null: it could not be reached. */
  answered: readonly HeaderPair[] | null;
  /** Null: it could not be reached. */
  status: number | null;
  /** Until the head of the answer was there, without what the call waited for an IP. */
  durationMs: number;
  /** Why it could not be reached, in words. */
  error: string | null;
  /** Times that it was asked. */
  attempts: number;
  /** `scheme://host:port` of the proxy that the last try went through; null: none. */
  proxy: string | null;
}

/** One call on its way through the gateway, for those who keep count of it. */
export interface Exchange {
  snapshot: Snapshot;
  visitor: Visitor;
  request: Request;
  /** The request's header fields, names in lower case: read once. */
  callersFields: readonly HeaderPair[];
  call: GatewayCall;
  startedAtMs: number;
  /** Null until the target was asked. */
  target: TargetOutcome | null;
  /** Null: nobody asked for what the call carries. */
  bodies: BodyCapture | null;
}

interface Dependencies {
  meters: TelemetryMeters;
  requestLog: RequestLog;
  clock: Clock;
  waitUntil(work: Promise<unknown>): void;
}

/** Keeps count of calls: both legs in the telemetry, an entry in the request log. Nothing of it is waited for. */
export function createCallRecorder({ meters, requestLog, clock, waitUntil }: Dependencies) {
  return {
    open: (parts: Pick<Exchange, 'snapshot' | 'visitor' | 'request' | 'call'>): Exchange => ({
      ...parts,
      callersFields: [...parts.request.headers],
      startedAtMs: clock.nowMs(),
      target: null,
      bodies: parts.snapshot.capturesBodies ? createBodyCapture() : null,
    }),

    /** To be called once, with what the caller is answered. */
    close(exchange: Exchange, status: number, fields: readonly HeaderPair[]): void {
      const { snapshot, visitor, startedAtMs, target } = exchange;
      const atMs = clock.nowMs();
      meters.record(snapshot.proxyId, {
        atMs,
        country: visitor.country,
        proxy: { code: status, seconds: (atMs - startedAtMs) / MS_PER_SECOND },
        target: target && { code: target.status ?? UNREACHABLE_CODE, seconds: target.durationMs / MS_PER_SECOND },
      });
      const entry = toProxiedRequest(exchange, { status, fields, atMs });
      if (!exchange.bodies) requestLog.append(entry);
      else waitUntil(exchange.bodies.captured().then((bodies) => requestLog.append({ ...entry, ...bodies })));
    },
  };
}

export type CallRecorder = ReturnType<typeof createCallRecorder>;
