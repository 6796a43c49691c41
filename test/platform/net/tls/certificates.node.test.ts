import { describe, expect, it } from 'vitest';
import { certificatesOfPem, withCertificates } from '../../../../src/platform/net/tls/trust-anchors.ts';
import {
  type CertificateOptions,
  type Identity,
  issue,
  PURPOSE,
  toServerOptions,
} from '../../../support/certificates.ts';
import { rustlsInNode } from '../../../support/rustls-in-node.ts';
import { failureCode, openTlsTo } from '../../../support/tls-client.ts';
import { startTlsServer } from '../../../support/tls-server.ts';

const DAY_MS = 86_400_000;
const HOST = 'www.judge.test';
const rustls = rustlsInNode();

const root = issue({ name: 'Test root', authority: true });
const intermediate = issue({ name: 'Test intermediate', issuer: root, authority: 0 });
const config = rustls.createConfig(withCertificates(new Uint8Array(), [root.der]), []);

function leaf(options: Partial<CertificateOptions> = {}): Identity {
  return issue({ name: 'leaf', issuer: root, hosts: [HOST], purposes: [PURPOSE.server], ...options });
}

function authority(options: Partial<CertificateOptions>): Identity {
  return issue({ name: 'Another authority', issuer: root, authority: true, ...options });
}

async function verdictOn(identity: Identity, serverName: string = HOST, serverOptions = {}): Promise<string> {
  const server = await startTlsServer(identity, undefined, serverOptions);
  try {
    const opening = openTlsTo(server, config, serverName);
    return await failureCode(
      opening.then((connection) => {
        connection.cancel();
        return `trusted, ${connection.peerCertificates.length} certificates`;
      }),
    );
  } finally {
    await server.close();
  }
}

describe('a server is trusted with', () => {
  it.each([
    ['P-256', leaf()],
    ['P-384', leaf({ kind: 'P-384' })],
    ['RSA-2048', leaf({ kind: 'RSA-2048' })],
    ['RSA-4096', leaf({ kind: 'RSA-4096' })],
    ['Ed25519', leaf({ kind: 'Ed25519' })],
    ['SHA-384', leaf({ hash: 'sha384' })],
    ['no purposes, which allows all', leaf({ purposes: [] })],
    ['two purposes', leaf({ purposes: [PURPOSE.client, PURPOSE.server] })],
    ['several names', leaf({ hosts: ['other.test', HOST] })],
    ['a wildcard', leaf({ hosts: ['*.judge.test'] })],
    ['its root in the chain', { ...leaf(), intermediates: [root.der] }],
    ['constraints that allow it', leaf({ issuer: authority({ permitted: ['test'], excluded: ['other.test'] }) })],
  ])('%s', async (_, identity) => {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      expect(await verdictOn(identity, HOST, { maxVersion })).toMatch(/trusted/);
    }
  });

  it('one intermediate, and two', async () => {
    expect(await verdictOn(leaf({ issuer: intermediate }))).toBe('no failure: trusted, 2 certificates');
    const upper = authority({ name: 'upper', authority: 1 });
    const lower = issue({ name: 'lower', issuer: upper, authority: 0 });
    expect(await verdictOn(leaf({ issuer: lower }))).toBe('no failure: trusted, 3 certificates');
  });

  it('an RSA chain over an RSA root', async () => {
    const rsaRoot = issue({ name: 'RSA root', kind: 'RSA-2048', authority: true });
    const rsaConfig = rustls.createConfig(withCertificates(new Uint8Array(), [rsaRoot.der]), []);
    const server = await startTlsServer(leaf({ issuer: rsaRoot, kind: 'RSA-2048', hash: 'sha384' }));
    (await openTlsTo(server, rsaConfig, HOST)).cancel();
    await server.close();
  });

  it('P-521 in TLS 1.3; in 1.2 servers want to use the curve for more than that', async () => {
    expect(await verdictOn(leaf({ kind: 'P-521' }))).toMatch(/trusted/);
    expect(await verdictOn(leaf({ kind: 'P-521' }), HOST, { maxVersion: 'TLSv1.2' })).toBe('tls_alert');
  });

  it('its IP address among its names', async () => {
    expect(await verdictOn(leaf({ hosts: ['127.0.0.1'] }), '127.0.0.1')).toMatch(/trusted/);
    expect(await verdictOn(leaf({ hosts: ['127.0.0.2'] }), '127.0.0.1')).toBe('tls_wrong_name');
  });
});

describe('a server is refused with', () => {
  const unrelated = issue({ name: 'Test root', authority: true });
  const expired = { notBeforeMs: Date.now() - 9 * DAY_MS, notAfterMs: Date.now() - DAY_MS };
  const noAuthority = leaf({ name: 'no authority' });

  it.each<[string, string, Identity]>([
    ['an expired certificate', 'tls_expired', leaf(expired)],
    ['one of tomorrow', 'tls_not_yet_valid', leaf({ notBeforeMs: Date.now() + DAY_MS })],
    ['another name', 'tls_wrong_name', leaf({ hosts: ['other.test'] })],
    ['a longer name', 'tls_wrong_name', leaf({ hosts: ['www.judge.test.other.test'] })],
    ['a wildcard above', 'tls_wrong_name', leaf({ hosts: ['*.www.judge.test'] })],
    ['a wildcard over two labels', 'tls_wrong_name', leaf({ hosts: ['*.*.test'] })],
    ['a wildcard for everything', 'tls_wrong_name', leaf({ hosts: ['*'] })],
    ['a wildcard inside a label', 'tls_wrong_name', leaf({ hosts: ['w*.judge.test'] })],
    ['a name that ends at a zero', 'tls_wrong_name', leaf({ hosts: ['www.judge.test\0.other.test'] })],
    ['its name as common name only', 'tls_wrong_name', leaf({ name: HOST, hosts: [] })],
    ['an address in place of the name', 'tls_wrong_name', leaf({ hosts: ['127.0.0.1'] })],
    ['itself as issuer', 'tls_self_signed', issue({ name: HOST, hosts: [HOST] })],
    ['an unknown issuer', 'tls_untrusted', leaf({ issuer: { ...unrelated, name: 'Nobody' } })],
    ['a root of the trusted name', 'tls_bad_signature', leaf({ issuer: unrelated })],
    ['a leaf as its issuer', 'tls_bad_certificate', leaf({ issuer: { ...noAuthority, intermediates: [] } })],
    ['the purpose of a client', 'tls_bad_certificate', leaf({ purposes: [PURPOSE.client] })],
    [
      'a name outside the constraints',
      'tls_bad_certificate',
      leaf({ issuer: authority({ permitted: ['other.test'] }) }),
    ],
    ['a name that they exclude', 'tls_bad_certificate', leaf({ issuer: authority({ excluded: [HOST] }) })],
    [
      'a wildcard wider than the constraints',
      'tls_bad_certificate',
      leaf({ issuer: authority({ permitted: [HOST] }), hosts: ['*.judge.test'] }),
    ],
    ['an authority as itself', 'tls_bad_certificate', authority({ hosts: [HOST] })],
    ['a missing intermediate', 'tls_untrusted', { ...leaf({ issuer: intermediate }), intermediates: [] }],
    ['an expired intermediate', 'tls_expired', leaf({ issuer: authority(expired) })],
    [
      'an intermediate of tomorrow',
      'tls_not_yet_valid',
      leaf({ issuer: authority({ notBeforeMs: Date.now() + DAY_MS }) }),
    ],
    ['an unknown critical extension', 'tls_bad_certificate', leaf({ unknownCritical: true })],
    ['one in its issuer', 'tls_bad_certificate', leaf({ issuer: authority({ unknownCritical: true }) })],
    ['SHA-1', 'tls_bad_certificate', leaf({ hash: 'sha1' })],
    ['SHA-1 and RSA', 'tls_bad_certificate', leaf({ issuer: authority({ kind: 'RSA-2048' }), hash: 'sha1' })],
  ])('%s: %s', async (_, code, identity) => {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      expect(await verdictOn(identity, HOST, { maxVersion })).toBe(code);
    }
  });

  it('more authorities below one than it allows', async () => {
    const below = issue({ name: 'below', issuer: intermediate, authority: true });
    expect(await verdictOn(leaf({ issuer: below }))).toBe('tls_bad_certificate');
  });

  it('a key of RSA-1024, and an issuer with one', async () => {
    // The signature in the handshake is by the weak key, which is no key to ring.
    expect(await verdictOn(leaf({ kind: 'RSA-1024' }))).toBe('tls_bad_signature');
    expect(await verdictOn(leaf({ issuer: authority({ kind: 'RSA-1024' }) }))).toBe('tls_bad_signature');
  });

  it('a key that is bound to RSA-PSS, which is not supported', async () => {
    expect(await verdictOn(leaf({ kind: 'RSA-PSS' }))).not.toMatch(/trusted/);
  });
});

describe('roots', () => {
  it('that are none end in an error that says so', () => {
    expect(() => rustls.createConfig(Uint8Array.of(1, 5, 0, 1, 2, 3, 4, 5), [])).toThrow(RangeError);
    expect(() => rustls.createConfig(Uint8Array.of(7), [])).toThrow(RangeError);
    expect(() => rustls.createConfig(new Uint8Array(), [])).toThrow(RangeError);
  });

  it('come from a PEM text with words around them', () => {
    const { cert } = toServerOptions({ ...intermediate, intermediates: [root.der] });
    const found = certificatesOfPem(`# two of them\n${cert.replaceAll('\n', '\r\n')}bye`);
    expect(found.map((der) => Buffer.from(der))).toEqual([intermediate.der, root.der]);
    expect(() => certificatesOfPem(cert.replace('MII', 'M='))).toThrow(RangeError);
    expect(certificatesOfPem('')).toEqual([]);
  });
});
