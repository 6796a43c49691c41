import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAssets } from './assets.ts';
import { createSelfSignedIdentity } from './lab/certificate.ts';
import { projectRoot } from './project.ts';

buildAssets();
// `npm test [-- ARGUMENT…]`: vitest with our configuration; its last line is `N passed, N failed`.
const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--config', 'test/vitest.config.ts', ...process.argv.slice(2)];

// The runtime takes what it trusts from this variable when it starts: a certificate made for this run alone.
const identityDirectory = mkdtempSync(join(tmpdir(), 'switchyard-identity-'));
const { key, cert } = createSelfSignedIdentity('localhost');
writeFileSync(join(identityDirectory, 'localhost.key'), key, { mode: 0o600 });
writeFileSync(join(identityDirectory, 'localhost.crt'), cert);
const env = {
  ...process.env,
  NODE_EXTRA_CA_CERTS: join(identityDirectory, 'localhost.crt'),
  SWITCHYARD_TEST_IDENTITY: identityDirectory,
};

const result = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit', env });
rmSync(identityDirectory, { recursive: true, force: true });
process.exit(result.status ?? 1);
