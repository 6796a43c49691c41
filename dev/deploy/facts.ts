import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { projectRoot, UserError } from '../project.ts';
import { secretMakers } from '../secrets.ts';
import type { DeploymentFacts } from './plan.ts';
import { runWrangler } from './run-wrangler.ts';

/** The part of wrangler's parsed configuration that a deployment is about. */
interface WranglerConfig {
  d1_databases: { binding: string; database_name?: string | undefined; database_id?: string | undefined }[];
  queues: { producers?: { queue: string }[] | undefined; consumers?: { queue: string }[] | undefined };
  vars: Record<string, unknown>;
}

/** What wrangler says when the Worker was never deployed. */
const NO_WORKER = /10007|not found|does not exist/i;

/** What wrangler.toml says. */
export function readLocalFacts(): DeploymentFacts {
  const config: WranglerConfig = unstable_readConfig(
    { config: join(projectRoot, 'wrangler.toml') },
    { hideWarnings: true },
  );
  const database = config.d1_databases.find(({ binding }) => binding === 'DB');
  if (!database) throw new UserError('wrangler.toml has no D1 database with the binding DB.');
  const consumers = config.queues.consumers ?? [];
  const producers = config.queues.producers ?? [];
  const queues = [...producers, ...consumers].map(({ queue }) => queue);
  return {
    isLoggedIn: null,
    databaseName: database.database_name ?? 'switchyard',
    databaseId: database.database_id ?? '',
    judgeUrl: String(config.vars.JUDGE_URL ?? ''),
    judgeTlsUrl: String(config.vars.JUDGE_TLS_URL ?? ''),
    allowsPrivateNetworks: String(config.vars.ALLOW_PRIVATE_NETWORKS) === 'true',
    neededQueues: [...new Set(queues)],
    existingQueues: null,
    neededSecrets: Object.keys(secretMakers),
    existingSecrets: null,
  };
}

/** Names of the secrets in the JSON that wrangler lists. A Worker that was never deployed has none. */
function secretNames(output: string): string[] {
  return [...output.matchAll(/"name":\s*"([A-Z0-9_]+)"/g)].map((match) => match[1] ?? '');
}

/** The same with what the platform says, which wrangler is asked for. */
export function askPlatform(local: DeploymentFacts): DeploymentFacts {
  const whoAmI = runWrangler(['whoami']);
  const isLoggedIn = whoAmI.code === 0 && !/not authenticated/i.test(whoAmI.output);
  if (!isLoggedIn) return { ...local, isLoggedIn };
  const queues = runWrangler(['queues', 'list']);
  if (queues.code !== 0) throw new UserError(`The queues could not be listed:\n${queues.output}`);
  const secrets = runWrangler(['secret', 'list', '--format', 'json']);
  // Taking a failure for "none" would overwrite the key that the stored passwords are encrypted with.
  if (secrets.code !== 0 && !NO_WORKER.test(secrets.output)) {
    throw new UserError(`The secrets could not be listed:\n${secrets.output}`);
  }
  return {
    ...local,
    isLoggedIn,
    existingQueues: local.neededQueues.filter((name) =>
      new RegExp(`(^|[^\\w-])${name}($|[^\\w-])`, 'm').test(queues.output),
    ),
    existingSecrets: secrets.code === 0 ? secretNames(secrets.output) : [],
  };
}
