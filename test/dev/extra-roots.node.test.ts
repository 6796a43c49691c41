import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { toPem } from '../../dev/lab/der.ts';
import { extraRootsOf, MAX_EXTRA_ROOTS_CHARACTERS } from '../../dev/start/extra-roots.ts';
import { encodeAnchor, encodeAnchors } from '../../dev/tls/anchors.ts';
import { readCertificates, withCertificates } from '../../src/platform/net/tls/trust-anchors.ts';
import { issue } from '../support/certificates.ts';
import { rustlsInNode } from '../support/rustls-in-node.ts';
import { converse, openTlsTo } from '../support/tls-client.ts';
import { startTlsServer } from '../support/tls-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchyard-roots-'));
afterAll(() => rmSync(directory, { recursive: true }));

const own = issue({ name: 'A company', authority: true });
const committed = readFileSync(
  fileURLToPath(new URL('../../src/platform/net/tls/mozilla-roots.bin', import.meta.url).href),
);

function fileWith(text: string): string {
  const file = join(directory, 'roots.pem');
  writeFileSync(file, text);
  return file;
}

describe('a file of NODE_EXTRA_CA_CERTS', () => {
  it('that is none adds nothing', () => {
    expect([extraRootsOf(undefined), extraRootsOf('')]).toEqual(['', '']);
  });

  it('adds what is new in it, though the rest be a whole bundle', () => {
    // Node's bundle is Mozilla's of another day: most of it is known here.
    const bundle = [...rootCertificates, toPem('CERTIFICATE', own.der)].join('\n');
    const added = readCertificates(extraRootsOf(fileWith(bundle))) ?? [];
    expect(added.map((der) => Buffer.from(der).toString('hex'))).toContain(own.der.toString('hex'));
    expect(added.length).toBeLessThan(rootCertificates.length / 2);
  });

  it('that is missing, empty or too much says so', () => {
    expect(() => extraRootsOf(join(directory, 'none.pem'))).toThrow(/none\.pem, which can't be read/);
    expect(() => extraRootsOf(fileWith('nothing'))).toThrow(/holds no certificate/);
    const many = Array.from({ length: 20 }, (_, index) => issue({ name: 'x'.repeat(4_000) + index, authority: true }));
    const text = many.map(({ der }) => toPem('CERTIFICATE', der)).join('');
    expect(text.length).toBeGreaterThan(MAX_EXTRA_ROOTS_CHARACTERS);
    expect(() => extraRootsOf(fileWith(text))).toThrow(/more than a run can be given/);
  });
});

describe('the committed roots', () => {
  it('hold what Node trusts as well, and nothing that is cut off', () => {
    const known = rootCertificates.filter((pem) => committed.includes(encodeAnchor(new X509Certificate(pem))));
    expect(known.length).toBeGreaterThan(100);
    rustlsInNode().createConfig(new Uint8Array(committed), []).free();
    expect(() => rustlsInNode().createConfig(new Uint8Array(committed.subarray(0, -1)), [])).toThrow(RangeError);
  });

  it('would be left out once they have expired', () => {
    const pem = toPem('CERTIFICATE', own.der);
    expect(encodeAnchors(pem, Date.now()).count).toBe(1);
    expect(encodeAnchors(pem, Date.now() + 365 * 86_400_000).count).toBe(0);
  });

  it('are made so that a chain ends at them, with their constraints', async () => {
    const constrained = issue({ name: 'Only this', authority: true, permitted: ['allowed.test'] });
    for (const [host, isTrusted] of [
      ['www.allowed.test', true],
      ['www.other.test', false],
    ] as const) {
      const pem = toPem('CERTIFICATE', constrained.der);
      const config = rustlsInNode().createConfig(new Uint8Array(encodeAnchors(pem, Date.now()).bytes), []);
      const server = await startTlsServer(issue({ name: 'server', issuer: constrained, hosts: [host] }));
      const visit = openTlsTo(server, config, host).then((connection) => converse(connection, Buffer.from('hello')));
      expect(await visit.then(String, (error: unknown) => String(error))).toMatch(
        isTrusted ? /^You said: hello$/ : /breaks the rules/,
      );
      await server.close();
    }
  });

  it('may be joined by certificates', () => {
    const joined = withCertificates(new Uint8Array(committed), [own.der]);
    expect(joined.byteLength).toBe(committed.length + own.der.length + 3);
    rustlsInNode().createConfig(joined, []).free();
  });
});
