import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { toPem } from '../../dev/lab/der.ts';
import { type CertificateOptions, type Identity, issue } from './certificates.ts';
import type { PeerAddress } from './net-peers.ts';
import { connectProxy, httpProxy, socks5Proxy } from './net-proxies.ts';
import { type Serve, startTlsServer, type TlsPeer } from './tls-server.ts';

/** The name that the honest ones have a certificate for: one that the tests' proxies can resolve. */
const TLS_HOST = 'localhost';

const DAY_MS = 86_400_000;

export interface TlsPeers {
  addresses: {
    /** PEM of the root over the trusted ones. */
    root: string;
    /** SHA-256 of the leaf that each shows, in hex with colons. */
    servers: Record<string, PeerAddress & { fingerprint: string }>;
  };
  close(): Promise<void>;
}

const HTTP_OK = 'HTTP/1.1 200 OK\r\n';

/** Answers the first request as an HTTP server, and closes in order. */
const answerHttp: Serve = (socket) => {
  socket.once('data', () => {
    const body = JSON.stringify({ name: socket.servername, version: socket.getProtocol() });
    socket.end(`${HTTP_OK}Content-Length: ${body.length}\r\n\r\n${body}`);
  });
};

/** Answers with a body whose end only the end of the connection tells. */
const answerUnannounced: Serve = (socket) => {
  socket.once('data', () => socket.end(`${HTTP_OK}\r\nall of it`));
};

/** The same, cut off on the way. */
const answerCutOff: Serve = (socket, raw) => {
  socket.once('data', () => {
    socket.write(`${HTTP_OK}\r\nhalf of it`, () => raw.end());
  });
};

/** Lets a proxy serve what comes inside TLS. */
function serveAs(proxy: Server): Serve {
  return (socket) => {
    proxy.emit('connection', socket);
  };
}

/** Starts servers on loopback, good and bad ones, for tests inside workerd. */
export async function startTlsPeers(): Promise<TlsPeers> {
  const root = issue({ name: 'Root of the tests', authority: true });
  const unknown = issue({ name: 'Root of nobody', authority: true });
  const below = issue({ name: 'Intermediate of the tests', issuer: root, authority: 0 });
  const leaf = (options: Partial<CertificateOptions> = {}): Identity =>
    issue({ name: 'server', issuer: below, hosts: [TLS_HOST, '127.0.0.1'], ...options });
  const kinds: Record<string, [Identity, Serve?, TlsOptions?]> = {
    good: [leaf()],
    goodRsa: [leaf({ kind: 'RSA-2048' })],
    onlyP256: [leaf(), answerHttp, { ecdhCurve: 'P-256' }],
    onlyP384: [leaf(), answerHttp, { ecdhCurve: 'P-384' }],
    onlyP256Tls12: [leaf(), answerHttp, { ecdhCurve: 'P-256', maxVersion: 'TLSv1.2' }],
    good12: [leaf({ kind: 'P-384' }), answerHttp, { maxVersion: 'TLSv1.2' }],
    good12Rsa: [leaf({ kind: 'RSA-2048' }), answerHttp, { maxVersion: 'TLSv1.2' }],
    unannounced: [leaf(), answerUnannounced],
    cutOff: [leaf(), answerCutOff],
    cutOff12: [leaf(), answerCutOff, { maxVersion: 'TLSv1.2' }],
    httpProxyOverTls: [leaf(), serveAs(httpProxy('user:pass'))],
    connectProxyOverTls: [leaf(), serveAs(connectProxy({}))],
    socks5OverTls: [leaf(), serveAs(socks5Proxy({}))],
    expired: [leaf({ notBeforeMs: Date.now() - 9 * DAY_MS, notAfterMs: Date.now() - DAY_MS })],
    notYetValid: [leaf({ notBeforeMs: Date.now() + DAY_MS })],
    otherName: [leaf({ hosts: ['other.test'] })],
    selfSigned: [issue({ name: TLS_HOST, hosts: [TLS_HOST] })],
    untrusted: [leaf({ issuer: unknown })],
    onlyTls11: [leaf(), answerHttp, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    onlyCbc: [leaf(), answerHttp, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
  };
  const servers: TlsPeers['addresses']['servers'] = {};
  const started: TlsPeer[] = [];
  for (const [name, [identity, serve = answerHttp, options]] of Object.entries(kinds)) {
    const server = await startTlsServer(identity, serve, options);
    started.push(server);
    const { fingerprint256 } = new X509Certificate(identity.der);
    servers[name] = { host: server.host, port: server.port, fingerprint: fingerprint256 };
  }
  return {
    addresses: { root: toPem('CERTIFICATE', root.der), servers },
    async close() {
      await Promise.all(started.map((server) => server.close()));
    },
  };
}
