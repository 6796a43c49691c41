import type { Clock } from '../../platform/clock.ts';
import { type Buffered, createCallBuffer } from '../../platform/durable/call-buffer.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { RequestReport } from '../rotation/rotation.types.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';

/** How long an IP that nobody waits for may seem in use when its request is over already. */
export const REPORT_BUFFER_MS = 5;

/** A request that is over, as this isolate's clock has it. */
export interface EndedRequest extends Omit<RequestReport, 'sentAgoMs'> {
  sentAtMs: number | null;
}

export type BufferedReports = Buffered<EndedRequest>;

interface Dependencies {
  /** The isolate's. */
  buffered: BufferedReports;
  rotorOf: (targetName: string) => Pick<RotorClient, 'report'>;
  clock: Clock;
  logger: Logger;
  waitUntil(work: Promise<unknown>): void;
  wait?(durationMs: number): Promise<unknown>;
}

/**
 * What an isolate has to tell Rotors of requests that are over: it goes with the target's next checkout, or by itself
 * soon, so that a busy target costs one call a request. What is lost with the isolate lapses, as all that it had.
 */
export function createRotorReports({ rotorOf, ...dependencies }: Dependencies) {
  const { clock } = dependencies;
  const toReport = ({ sentAtMs, ...ended }: EndedRequest): RequestReport => ({
    ...ended,
    sentAgoMs: sentAtMs === null ? null : Math.max(0, clock.nowMs() - sentAtMs),
  });
  const buffer = createCallBuffer<EndedRequest>({
    ...dependencies,
    send: async (targetName, ended) => void (await rotorOf(targetName).report(ended.map(toReport))),
    bufferMs: REPORT_BUFFER_MS,
  });
  return {
    /** Tells of it before long. */
    add: (targetName: string, ended: EndedRequest): void => buffer.add(targetName, ended),
    /** Tells of it now, with all that waits. */
    async send(targetName: string, ended: EndedRequest): Promise<void> {
      await rotorOf(targetName).report([...buffer.take(targetName), ended].map(toReport));
    },
    /** Has a call to a target's Rotor take along what waits; what that fails to tell waits again. */
    async with<Result>(targetName: string, call: (reports: RequestReport[]) => Promise<Result>): Promise<Result> {
      const ended = buffer.take(targetName);
      try {
        return await call(ended.map(toReport));
      } catch (error) {
        for (const one of ended) buffer.add(targetName, one);
        throw error;
      }
    },
  };
}

export type RotorReports = ReturnType<typeof createRotorReports>;
