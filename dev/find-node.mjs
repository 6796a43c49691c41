// Node's own modules only, and it runs on Node 20: it is what stands between a fresh clone and everything else.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM_NODE = [22, 18];

/** The checkout that this is part of. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node to use: this one if it is new enough, else the one that the lockfile brought. Throws when there is neither. */
export function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return process.execPath;
  const isWindows = process.platform === 'win32';
  const folder = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const file = join(root, 'node_modules', folder, 'bin', isWindows ? 'node.exe' : 'node');
  if (existsSync(file)) return file;
  throw new Error(
    `This project's tools need Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.\n` +
      `The lockfile brings one for Linux (x64, arm64) and Windows (x64); on ${process.platform} ${process.arch} install it yourself, then run this again.`,
  );
}
