import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runWrangler } from './deploy/run-wrangler.ts';
import { printError, projectRoot, UserError } from './project.ts';
import { planRotation, type Rotation, type RotationState, withValue } from './rotation.ts';
import { readValues, SECRET_FILE_MODE } from './start/dev-vars.ts';

const HELP = `Usage: npm run rotate-key [-- OPTION…]

Gives the Worker a new key for the secrets it stores (passwords of proxies, credentials of the gateway, headers of
sources, secrets of notifiers). The key before it still decrypts; what is stored is encrypted anew in the background,
while everything goes on. Two secrets, ENCRYPTION_KEY and ENCRYPTION_KEY_2, take turns: a new key goes into the one
whose key nothing needs any more, and the Worker is asked first whether that is so.

  --deployed    the deployment, by wrangler; without it this machine's .dev.vars
  --url URL     where the Worker answers (default http://127.0.0.1:8787); its admin key is ADMIN_API_KEY, from the
                environment or .dev.vars
  --dry-run     what it would do
  --help        this text`;

/** Every isolate of a deployment has the key before anybody seals with it. */
const ROLLOUT_SECONDS = 120;
const ASK_TIMEOUT_MS = 10_000;

async function askWorker(url: string, adminKey: string): Promise<RotationState> {
  const path = `${url.replace(/\/+$/, '')}/admin/encryption-keys`;
  const headers = { authorization: `Bearer ${adminKey}` };
  try {
    const response = await fetch(path, { headers, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    if (!response.ok) throw new UserError(`${path} answered with status ${response.status}.`);
    const status = (await response.json()) as { sealing_key: string; keys: string[]; secrets_under_other_keys: number };
    return {
      sealingKey: status.sealing_key,
      keys: status.keys,
      secretsUnderOtherKeys: status.secrets_under_other_keys,
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`The Worker could not be asked at ${path}: is it running? --url says where.`);
  }
}

function put({ slot, value }: Rotation, file: string, isDeployed: boolean): void {
  if (!isDeployed) {
    writeFileSync(file, withValue(readFileSync(file, 'utf8'), slot, value), { mode: SECRET_FILE_MODE });
    chmodSync(file, SECRET_FILE_MODE);
    return;
  }
  const { code, output } = runWrangler(['secret', 'put', slot], value);
  if (code !== 0) throw new UserError(`The secret could not be put; nothing was changed.\n${output}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      deployed: { type: 'boolean', default: false },
      url: { type: 'string', default: 'http://127.0.0.1:8787' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const file = join(projectRoot, '.dev.vars');
  const local = existsSync(file) ? readValues(readFileSync(file, 'utf8')) : new Map<string, string>();
  const adminKey = process.env.ADMIN_API_KEY ?? local.get('ADMIN_API_KEY');
  if (adminKey === undefined) throw new UserError('ADMIN_API_KEY is not set: the Worker must be asked first.');
  const state = await askWorker(values.url, adminKey);
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const rotation = planRotation(state, nowSeconds + (values.deployed ? ROLLOUT_SECONDS : 0));
  const where = values.deployed ? 'the deployment' : '.dev.vars';
  console.log(
    `${rotation.slot} of ${where} gets the new key ${rotation.keyId}; ${state.sealingKey} goes on decrypting.`,
  );
  if (values['dry-run']) return console.log('A dry run: nothing was changed.');
  put(rotation, file, values.deployed);
  const next = values.deployed ? `It seals in ${ROLLOUT_SECONDS} seconds.` : 'Start `npm start` again for it.';
  console.log(`Done. ${next} GET /admin/encryption-keys tells how many secrets are still under another key.`);
}

try {
  await main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
