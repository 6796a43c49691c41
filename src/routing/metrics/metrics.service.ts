import { AppError } from '../../platform/errors/app-error.ts';
import type { RoutingSnapshots } from '../configuration/routing-snapshots.ts';
import type { TargetMetrics } from '../rotation/rotation.types.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import { renderPrometheus, type TargetSample } from './prometheus.model.ts';

/** Rotors asked at once: the platform's six connections of an invocation. */
const MAX_PARALLEL_ROTORS = 6;

interface Dependencies {
  snapshots: RoutingSnapshots;
  rotorOf: (targetName: string) => RotorClient;
}

/** The figures of all targets. They are kept by their rotors, so they are the same wherever and by whichever isolate it is asked. */
export function createMetricsService({ snapshots, rotorOf }: Dependencies) {
  async function metricsOf(target: string): Promise<TargetMetrics | null> {
    try {
      return await rotorOf(target).metrics();
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  async function samplesOfAll(): Promise<TargetSample[]> {
    const { targets } = await snapshots.current();
    const names = targets.map(({ definition }) => definition.name);
    const samples: TargetSample[] = [];
    for (let start = 0; start < names.length; start += MAX_PARALLEL_ROTORS) {
      const page = names.slice(start, start + MAX_PARALLEL_ROTORS);
      samples.push(...(await Promise.all(page.map(async (target) => ({ target, metrics: await metricsOf(target) })))));
    }
    return samples;
  }

  return {
    /** In the text format of Prometheus. */
    prometheus: async (): Promise<string> => renderPrometheus(await samplesOfAll()),

    /** Requests that have an IP or wait for one. A rotor that can't be asked may have some: it counts as one. */
    async requestsUnderWay(): Promise<number> {
      const samples = await samplesOfAll();
      return samples.reduce((sum, { metrics }) => sum + (metrics ? metrics.checkouts + metrics.waiters : 1), 0);
    },
  };
}
