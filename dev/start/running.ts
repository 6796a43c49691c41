import { join } from 'node:path';
import { startEdge } from '../edge.ts';
import { createCertifiedIdentity } from '../lab/certificate.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { JUDGE_TLS_HOST, localVars } from '../local-vars.ts';
import { projectRoot, UserError } from '../project.ts';
import { startCronTicker } from './cron-ticker.ts';
import { ensureDevVars } from './dev-vars.ts';
import { extraRootsOf } from './extra-roots.ts';
import { waitForHealth } from './health.ts';
import { migrateLocally } from './migrate.ts';
import type { StartOptions } from './options.ts';
import { claimPort } from './ports.ts';
import { sayWhile } from './say-while.ts';
import { claimState } from './state-lock.ts';
import { startWorker } from './worker.ts';

/** Everything that is running, to be ended in the opposite order. */
export interface Running {
  url: string;
  adminKey: string;
  /** The list of the lab, when it runs. */
  sourceListUrl: string | null;
  /** Rejects when a part that must run ends by itself. */
  crashed: Promise<never>;
}

export interface Cleanup {
  /** What to end, last first. */
  add(end: () => Promise<void> | void): void;
  /** True once ending has begun. */
  isEnding(): boolean;
}

async function openLab(options: StartOptions, cleanup: Cleanup): Promise<Lab | null> {
  if (!options.lab) return null;
  const lab = await startLab({ basePort: options.labPort, sourceListPort: options.labPort });
  cleanup.add(() => lab.close());
  const count = lab.proxies.length;
  console.log(
    `✓ lab: ${count} proxies from ${lab.proxies[0]?.address} to ${lab.proxies.at(-1)?.address}, good and bad ones`,
  );
  return lab;
}

/** Starts every part and returns when the Worker is healthy. What was started is in `cleanup`, also when this throws. */
export async function startParts(options: StartOptions, cleanup: Cleanup): Promise<Running> {
  const port = await claimPort(options.port);
  cleanup.add(claimState(options.stateDirectory));
  const { values, added } = ensureDevVars(join(projectRoot, '.dev.vars'));
  if (added.length > 0) console.log(`✓ .dev.vars: made ${added.join(', ')}`);
  // First what may fail at once and tell why: files that are named, the ports of the lab.
  const extraRoots = extraRootsOf(process.env.NODE_EXTRA_CA_CERTS);
  const lab = await openLab(options, cleanup);
  console.log('… migrating the local database');
  await sayWhile('migrating', migrateLocally(options.stateDirectory), console.log);
  console.log('✓ database');

  console.log('… starting the Worker');
  const workerPort = await claimPort(0);
  const judgeTls = { port: await claimPort(0), identity: createCertifiedIdentity(JUDGE_TLS_HOST) };
  const local = localVars({
    port,
    proxies: lab?.proxies ?? [],
    hasPublicSources: options.sources === 'public',
    ...(lab ? { judgeTls } : {}),
  });
  const worker = startWorker({
    port: workerPort,
    inspectorPort: await claimPort(0),
    stateDirectory: options.stateDirectory,
    vars: {
      ...local,
      ...(extraRoots === '' ? {} : { TLS_EXTRA_ROOTS: [local.TLS_EXTRA_ROOTS, extraRoots].join('') }),
      ...options.vars,
    },
  });
  cleanup.add(() => worker.stop());
  const crashed = worker.ended.then((code): never => {
    if (cleanup.isEnding()) throw new UserError('Stopped.');
    throw new UserError(`The Worker ended by itself (code ${code}). Its last words:\n${worker.lastLines().join('\n')}`);
  });
  // It is awaited by whoever runs this; until then its rejection must not count as unhandled.
  crashed.catch(() => {});
  const edge = await startEdge({ port, workerPort });
  cleanup.add(() => edge.close());
  if (lab) {
    const tlsEdge = await startEdge({ port: judgeTls.port, workerPort, identity: judgeTls.identity });
    cleanup.add(() => tlsEdge.close());
  }
  const url = `http://127.0.0.1:${port}`;
  const { isEnding } = cleanup;
  await Promise.race([waitForHealth(url, { isEnding, lastLines: worker.lastLines, say: console.log }), crashed]);
  console.log(`✓ Worker at ${url}`);
  const ticker = startCronTicker(workerPort);
  cleanup.add(() => ticker.close());
  console.log('✓ cron ticker: now and every minute');
  const { ADMIN_API_KEY: adminKey = values.get('ADMIN_API_KEY') ?? '' } = options.vars;
  return { url, adminKey, sourceListUrl: lab?.sourceListUrl ?? null, crashed };
}
