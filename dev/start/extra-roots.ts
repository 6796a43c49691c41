import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, UserError } from '../project.ts';
import { certificatesIn, encodeAnchor } from '../tls/anchors.ts';

const ROOTS_FILE = join(projectRoot, 'src', 'platform', 'net', 'tls', 'mozilla-roots.bin');

/** A command line's single argument may have 128 KiB on Linux; what a person adds to Mozilla's roots is far less. */
export const MAX_EXTRA_ROOTS_CHARACTERS = 100_000;

/**
 * The certificates of a `NODE_EXTRA_CA_CERTS` file for the variable `TLS_EXTRA_ROOTS`: the runtime reads the file by itself,
 * our own TLS can't. What Mozilla's bundle has already is left out, since such files often are a whole bundle with one more.
 */
export function extraRootsOf(file: string | undefined): string {
  if (file === undefined || file === '') return '';
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch {
    throw new UserError(`NODE_EXTRA_CA_CERTS names ${file}, which can't be read.`);
  }
  if (!pem.includes('BEGIN CERTIFICATE'))
    throw new UserError(`NODE_EXTRA_CA_CERTS names ${file}, which holds no certificate.`);
  const known = readFileSync(ROOTS_FILE);
  const extra = certificatesIn(pem).filter((certificate) => !known.includes(encodeAnchor(certificate)));
  const text = extra.map((certificate) => certificate.toString()).join('');
  if (text.length > MAX_EXTRA_ROOTS_CHARACTERS) {
    throw new UserError(
      `${file} has ${extra.length} certificates that are new here, which is more than a run can be given.`,
    );
  }
  return text;
}
