import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { secretMakers } from '../secrets.ts';

/** Only its owner may read the secrets. */
export const SECRET_FILE_MODE = 0o600;

/** The values of a file of `NAME=value` lines. */
export function readValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1]) values.set(match[1], (match[2] ?? '').replace(/^(['"])(.*)\1$/, '$2'));
  }
  return values;
}

/** Adds the secrets that `file` lacks, touching none that it has. Returns all of them and the names of the new ones. */
export function ensureDevVars(file: string): { values: Map<string, string>; added: string[] } {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const values = readValues(before);
  const added = Object.keys(secretMakers).filter((name) => !values.has(name));
  if (added.length === 0) return { values, added };
  const lines = added.map((name) => `${name}=${secretMakers[name]?.()}`);
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  writeFileSync(file, `${before}${separator}${lines.join('\n')}\n`, { mode: SECRET_FILE_MODE });
  chmodSync(file, SECRET_FILE_MODE);
  return { values: readValues(readFileSync(file, 'utf8')), added };
}
