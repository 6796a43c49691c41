import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { printError, projectRoot, UserError } from './project.ts';
import { encodeAnchors } from './tls/anchors.ts';

const HELP = `Usage: npm run build:tls [-- OPTION…]

Compiles src/platform/net/tls/rustls-wasm/ to rustls.wasm and makes mozilla-roots.bin, with Debian's compilers in a
directory of their own. Needs Linux, root, debootstrap, the network, 2 GB and some minutes.

  --directory DIR   where the compilers are put, and kept for the next time (default dist/tls-build)
  --check           writes nothing; exit code 1 if the committed files are not what comes out
  --help            this text`;

/** Debian's release whose compilers are used; dev/tls/compile.sh says what comes from a newer one. */
const SUITE = 'trixie';

const tlsFolder = join(projectRoot, 'src', 'platform', 'net', 'tls');

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw new UserError(`This needs the program ${program}: ${error.message}`);
  if (status !== 0) throw new UserError(`${program} ${args.join(' ')} failed.`);
}

/** A small Debian in a directory, made once. */
function prepareDebian(directory: string): void {
  const stamp = join(directory, '.prepared');
  if (existsSync(stamp)) return;
  console.log(`… Debian ${SUITE} in ${directory}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  run('debootstrap', ['--variant=minbase', SUITE, directory]);
  writeFileSync(stamp, '');
}

/** Compiles in that Debian. Returns what is to be committed, by file name, and the versions of the tools. */
function compile(directory: string): { files: Map<string, Buffer>; versions: string } {
  console.log('… compiling');
  const build = join(directory, 'build');
  rmSync(build, { recursive: true, force: true });
  cpSync(join(tlsFolder, 'rustls-wasm'), join(build, 'crate'), { recursive: true });
  cpSync(join(projectRoot, 'dev', 'tls', 'compile.sh'), join(build, 'compile.sh'));
  run('chroot', [directory, 'sh', '/build/compile.sh']);
  const roots = encodeAnchors(readFileSync(join(build, 'out', 'roots.pem'), 'utf8'), Date.now());
  console.log(`${roots.count} roots`);
  return {
    files: new Map([
      ['rustls.wasm', readFileSync(join(build, 'out', 'rustls.wasm'))],
      ['mozilla-roots.bin', roots.bytes],
    ]),
    versions: readFileSync(join(build, 'out', 'versions'), 'utf8'),
  };
}

function main(): void {
  const { values } = parseArgs({
    options: { directory: { type: 'string' }, check: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new UserError('This needs Linux, and root.');
  const directory = resolve(values.directory ?? join(projectRoot, 'dist', 'tls-build'));
  prepareDebian(directory);
  const { files, versions } = compile(directory);
  console.log(versions);
  let isSame = true;
  for (const [name, bytes] of files) {
    const digest = createHash('sha256').update(bytes).digest('hex');
    // As the table of src/platform/net/tls/README.md has it.
    console.log(`| \`${name}\` | ${bytes.length} | \`${digest}\` |   ${gzipSync(bytes).length} gzipped`);
    const file = join(tlsFolder, name);
    isSame &&= existsSync(file) && readFileSync(file).equals(bytes);
    if (!values.check) writeFileSync(file, bytes);
  }
  if (values.check) console.log(isSame ? 'The committed files are these.' : 'The committed files are others.');
  process.exitCode = values.check && !isSame ? 1 : 0;
}

try {
  main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
