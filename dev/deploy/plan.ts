/** The id that wrangler.toml has until a database exists. */
export const PLACEHOLDER_DATABASE_ID = '00000000-0000-0000-0000-000000000000';

/** What is known before a deployment. Null: nobody asked the platform. */
export interface DeploymentFacts {
  isLoggedIn: boolean | null;
  databaseName: string;
  databaseId: string;
  judgeUrl: string;
  judgeTlsUrl: string;
  allowsPrivateNetworks: boolean;
  neededQueues: readonly string[];
  existingQueues: readonly string[] | null;
  neededSecrets: readonly string[];
  existingSecrets: readonly string[] | null;
}

export type DeploymentStep =
  | { kind: 'create-database'; name: string }
  | { kind: 'create-queue'; name: string }
  | { kind: 'put-secret'; name: string }
  | { kind: 'migrate' }
  | { kind: 'deploy' };

export interface DeploymentPlan {
  /** Each must be put right by a person before anything is done. */
  blockers: string[];
  /** The deployment works without, but not all of it. */
  warnings: string[];
  steps: DeploymentStep[];
}

function missing(needed: readonly string[], existing: readonly string[] | null): string[] {
  return needed.filter((name) => !existing?.includes(name));
}

/** What to do, in order, and what stands in the way. What is unknown is planned as missing. */
export function planDeployment(facts: DeploymentFacts): DeploymentPlan {
  const blockers: string[] = [];
  if (facts.isLoggedIn === false) {
    blockers.push('Not logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID).');
  }
  if (facts.allowsPrivateNetworks) {
    blockers.push('ALLOW_PRIVATE_NETWORKS is "true" in wrangler.toml: a deployment would reach private addresses.');
  }
  const warnings: string[] = [];
  if (facts.judgeUrl === '') {
    warnings.push(
      'JUDGE_URL is empty in wrangler.toml: no proxy can be checked. Set it to http://YOUR-HOST/judge, plain http, on a host ' +
        'without "Always Use HTTPS", and deploy again.',
    );
  }
  if (facts.judgeUrl !== '' && facts.judgeTlsUrl === '') {
    const { hostname } = new URL(facts.judgeUrl);
    warnings.push(
      `JUDGE_TLS_URL is empty in wrangler.toml: no proxy's tunnel is judged by TLS, and one that intercepts TLS is not found. ` +
        `Set it to https://${hostname}/judge, the same host by TLS.`,
    );
  }
  const needsDatabase = facts.databaseId === PLACEHOLDER_DATABASE_ID;
  return {
    blockers,
    warnings,
    steps: [
      ...(needsDatabase ? [{ kind: 'create-database' as const, name: facts.databaseName }] : []),
      ...missing(facts.neededQueues, facts.existingQueues).map((name) => ({ kind: 'create-queue' as const, name })),
      { kind: 'migrate' },
      ...missing(facts.neededSecrets, facts.existingSecrets).map((name) => ({ kind: 'put-secret' as const, name })),
      { kind: 'deploy' },
    ],
  };
}

/** Wrangler's arguments for a step. */
export function stepArguments(step: DeploymentStep): string[] {
  switch (step.kind) {
    case 'create-database':
      return ['d1', 'create', step.name];
    case 'create-queue':
      return ['queues', 'create', step.name];
    case 'put-secret':
      return ['secret', 'put', step.name];
    case 'migrate':
      return ['d1', 'migrations', 'apply', 'DB', '--remote'];
    case 'deploy':
      return ['deploy'];
  }
}

/** One line for people. */
export function describeStep(step: DeploymentStep): string {
  const command = `wrangler ${stepArguments(step).join(' ')}`;
  return step.kind === 'put-secret' ? `${command}   (a fresh random value)` : command;
}

/** wrangler.toml with the id of the database that was just made. Throws when there is no placeholder to replace. */
export function withDatabaseId(toml: string, id: string): string {
  const replaced = toml.replace(`database_id = "${PLACEHOLDER_DATABASE_ID}"`, () => `database_id = "${id}"`);
  if (replaced === toml) throw new Error('wrangler.toml has no placeholder for the id of the database.');
  return replaced;
}

/** The first id in what `wrangler d1 create` says, or null. */
export function findDatabaseId(output: string): string | null {
  return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(output)?.[0] ?? null;
}
