import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rustlsFile, rustlsModule } from '../../../support/rustls-in-node.ts';

const folder = fileURLToPath(new URL('../../../../src/platform/net/tls/', import.meta.url).href);
const readme = readFileSync(`${folder}README.md`, 'utf8');
const cargo = readFileSync(`${folder}rustls-wasm/Cargo.toml`, 'utf8');

/** What the compiled code says about where it came from: panics name the file of their crate. */
const binary = readFileSync(rustlsFile, 'latin1');

describe('the committed rustls.wasm', () => {
  it.each(['rustls.wasm', 'mozilla-roots.bin'])('%s is the one whose digest and size the README names', (name) => {
    const bytes = readFileSync(folder + name);
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(readme).toMatch(new RegExp(`\\| \`${name}\` \\| ${bytes.byteLength} \\| \`${digest}\` \\|`));
  });

  it.each(['rustls', 'rustls-webpki', 'ring'])(
    'holds the version of %s that Cargo.toml pins and the README names',
    (crate) => {
      const version = new RegExp(`^${crate} = \\{ version = "=([\\d.]+)"`, 'm').exec(cargo)?.[1];
      expect(version).toBeDefined();
      expect(binary).toContain(`${crate}-${version}/src/`);
      expect(readme).toContain(`${crate} ${version}`);
    },
  );

  it('pins every dependency to one version', () => {
    const dependencies = cargo.slice(cargo.indexOf('[dependencies]'), cargo.indexOf('[patch'));
    const requirements = [...dependencies.matchAll(/^[\w-]+ = .*?"([^"]+)"/gm)].map(([, requirement]) => requirement);
    expect(requirements.length).toBeGreaterThanOrEqual(10);
    for (const requirement of requirements) expect(requirement).toMatch(/^=\d+\.\d+\.\d+$/);
  });

  it('names no place of the machine that built it', () => {
    expect(binary).not.toMatch(/\/(home|root|tmp|var|build|Users)\//);
  });

  it('asks the host for nine things and gives it what rustls-instance.ts expects', () => {
    const imports = WebAssembly.Module.imports(rustlsModule()).map(({ module, name }) => `${module}.${name}`);
    expect(imports.sort()).toEqual([
      'host.agree_on_secret',
      'host.create_exchange_keys',
      'host.verify_ecdsa',
      'wasi_snapshot_preview1.clock_time_get',
      'wasi_snapshot_preview1.environ_get',
      'wasi_snapshot_preview1.environ_sizes_get',
      'wasi_snapshot_preview1.fd_write',
      'wasi_snapshot_preview1.proc_exit',
      'wasi_snapshot_preview1.random_get',
    ]);
    const exports = WebAssembly.Module.exports(rustlsModule()).map(({ name }) => name);
    expect(exports.filter((name) => !name.startsWith('ring_core')).sort()).toEqual([
      'allocate',
      'config_free',
      'config_new',
      'connection_agreed',
      'connection_alert',
      'connection_feed',
      'connection_finish',
      'connection_free',
      'connection_new',
      'connection_output',
      'connection_send',
      'connection_state',
      'connection_take',
      'memory',
      'release',
    ]);
  });
});
