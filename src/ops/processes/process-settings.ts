import type { Config } from '../../platform/env.ts';
import { queues } from '../../queues.ts';
import { schedules } from '../../schedules.ts';
import type { ProcessName } from './process-names.ts';

/** The variables that a process goes by. */
const variablesOf: Record<ProcessName, readonly (keyof Config)[]> = {
  scraper: ['ALLOW_PRIVATE_NETWORKS', 'DNS_OVER_HTTPS_URL', 'ENCRYPTION_KEY'],
  validator: [
    'CHECK_INTERVAL_SECONDS',
    'JUDGE_URL',
    'JUDGE_TLS_URL',
    'JUDGE_TLS_FINGERPRINTS',
    'JUDGE_SECRET',
    'POOL_LOW_THRESHOLD',
    'ENCRYPTION_KEY',
  ],
  'lease-reaper': ['MAX_LIVE_LEASES'],
  'telemetry-rollup': [],
  notifier: ['ALLOW_PRIVATE_NETWORKS', 'DNS_OVER_HTTPS_URL', 'ENCRYPTION_KEY'],
  retention: [],
};

/** Variables that are secrets, whatever they are called. */
const SECRET_VARIABLES: ReadonlySet<string> = new Set(['ADMIN_API_KEY', 'ENCRYPTION_KEY', 'JUDGE_SECRET']);

/** What runs a process: `cron * * * * * → scrape due sources; queue switchyard-scrapes`. */
export function commandOf(process: ProcessName): string {
  const crons = Object.entries(schedules).flatMap(([cron, jobs]) => {
    const names = jobs.filter((job) => job.process === process).map(({ name }) => name);
    return names.length === 0 ? [] : [`cron ${cron} → ${names.join(', ')}`];
  });
  const consumed = Object.entries(queues).flatMap(([queue, entry]) =>
    entry.process === process ? [`queue ${queue}`] : [],
  );
  return [...crons, ...consumed].join('; ');
}

/** A process's variables as they are set; a secret is told of by being there. Those with their default are left out. */
export function settingsOf(process: ProcessName, env: Env): Record<string, string> {
  const set = variablesOf[process].flatMap((name): [string, string][] => {
    const value: unknown = Reflect.get(env, name);
    if (typeof value !== 'string' || value === '') return [];
    return [[name, SECRET_VARIABLES.has(name) ? '[REDACTED]' : value]];
  });
  return Object.fromEntries(set);
}
