import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labProxies } from '../../dev/lab/catalogue.ts';
import { createSelfSignedIdentity } from '../../dev/lab/certificate.ts';
import { type Lab, startLab } from '../../dev/lab/lab.ts';
import { type LabProxy, labProxyUrl } from '../../dev/lab/lab-proxy.ts';
import { createReplayer } from '../../dev/lab/liars.ts';
import { openServer } from '../../dev/lab/tcp-server.ts';
import { tamperVerdicts } from '../../src/plugins/checkers/checker.types.ts';
import {
  getInside,
  getThroughHttp,
  type Origin,
  openSocks4,
  openSocks5,
  openTunnel,
  parseSeen,
  startOrigin,
} from './lab.fixture.ts';

let lab: Lab;
let origin: Origin;
let originUrl: string;

function labProxy(name: string): LabProxy {
  const proxy = lab.proxies.find((candidate) => candidate.name === name);
  if (!proxy) throw new Error(`The lab has no ${name}.`);
  return proxy;
}

beforeAll(async () => {
  lab = await startLab({ basePort: 0, sourceListPort: 0 });
  origin = await startOrigin();
  originUrl = `http://127.0.0.1:${origin.port}/seen?by=origin`;
});

afterAll(async () => {
  origin.close();
  await lab.close();
});

const goodHttp = labProxies.filter(({ protocol, expectation }) => protocol === 'http' && expectation === 'active');
const goodConnect = labProxies.filter(({ protocol, expectation }) => protocol === 'https' && expectation === 'active');
const goodSocks = labProxies.filter(({ protocol, expectation }) => /socks/.test(protocol) && expectation === 'active');

describe('good proxies', () => {
  test.each(goodHttp)('$name shows the origin its own address and what its level says', async ({ name }) => {
    const proxy = labProxy(name);
    const { status, body } = await getThroughHttp(proxy, originUrl);
    expect(status).toBe(200);
    const seen = parseSeen(body);
    expect(seen.address).toBe(proxy.address);
    expect(seen.path).toBe('/seen?by=origin');
    expect(seen.headers.via).toBe(proxy.anonymity === 'elite' ? undefined : '1.1 switchyard-lab');
    expect(seen.headers['x-forwarded-for']).toBe(proxy.anonymity === 'transparent' ? '127.0.0.1' : undefined);
    expect(seen.headers['proxy-authorization']).toBeUndefined();
  });

  test.each(goodConnect)('$name tunnels by CONNECT from its own address', async ({ name }) => {
    const proxy = labProxy(name);
    const { status, socket } = await openTunnel(proxy, `127.0.0.1:${origin.port}`);
    expect(status).toBe(200);
    expect(parseSeen(await getInside(socket)).address).toBe(proxy.address);
  });

  test.each(goodSocks)('$name tunnels from its own address, to an address and to a name', async ({ name }) => {
    const proxy = labProxy(name);
    const open = proxy.protocol === 'socks4' ? openSocks4 : openSocks5;
    for (const host of ['127.0.0.1', 'localhost']) {
      const { code, socket } = await open(proxy, host, origin.port);
      expect(code).toBe(proxy.protocol === 'socks4' ? 0x5a : 0);
      expect(parseSeen(await getInside(socket)).address).toBe(proxy.address);
    }
  });

  test('a wrong or a missing password gets 407 or the end of the handshake', async () => {
    const wrong = { 'proxy-authorization': `Basic ${Buffer.from('lab:wrong').toString('base64')}` };
    expect((await getThroughHttp(labProxy('http-elite-password'), originUrl, {})).status).toBe(407);
    expect((await getThroughHttp(labProxy('http-elite-password'), originUrl, wrong)).status).toBe(407);
    expect((await openTunnel(labProxy('https-password'), `127.0.0.1:${origin.port}`, {})).status).toBe(407);
    expect((await openSocks5(labProxy('socks5-password'), '127.0.0.1', origin.port, 'wrong')).code).toBe(0xff);
    expect((await getThroughHttp(labProxy('http-password-unknown'), originUrl)).status).toBe(407);
    expect((await openSocks5(labProxy('socks5-password-unknown'), '127.0.0.1', origin.port)).code).toBe(0xff);
  });
});

describe('no open relay', () => {
  const outside = ['192.0.2.1', 'example.test', '10.0.0.1', '2130706433', '0.0.0.0'];

  test.each(outside)('nothing connects to %s', async (host) => {
    expect(
      (await getThroughHttp(labProxy('http-elite-1'), `http://${host === '2130706433' ? '192.0.2.7' : host}/`)).status,
    ).toBe(403);
    expect((await openTunnel(labProxy('http-elite-1'), `${host}:80`)).status).toBe(403);
    expect((await openTunnel(labProxy('https-intercepting-tls'), `${host}:80`)).status).toBe(403);
    expect((await openSocks5(labProxy('socks5-1'), host, 80)).code).toBe(2);
    if (host !== '2130706433') expect((await openSocks4(labProxy('socks4-1'), host, 80)).code).toBe(0x5b);
  });
});

describe('bad proxies', () => {
  test('a dead one refuses connections', async () => {
    const { address, port } = labProxy('http-dead');
    const [error] = (await once(connect(port, address), 'error').catch((cause: unknown) => [cause])) as [Error];
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a resetting one resets', async () => {
    await expect(getThroughHttp(labProxy('http-resetting'), originUrl)).rejects.toThrow(/ECONNRESET|hang up/);
  });

  test('a garbage one is not understood', async () => {
    await expect(getThroughHttp(labProxy('http-garbage'), originUrl)).rejects.toThrow(/Parse Error/);
  });

  test('a flaky one drops every fifth connection', async () => {
    for (let connection = 1; connection < 5; connection += 1) {
      expect((await getThroughHttp(labProxy('http-flaky'), originUrl)).status).toBe(200);
    }
    await expect(getThroughHttp(labProxy('http-flaky'), originUrl)).rejects.toThrow(/ECONNRESET|hang up/);
    expect((await getThroughHttp(labProxy('http-flaky'), originUrl)).status).toBe(200);
  });

  test('a canned one answers 200 without asking anybody, in tunnels too', async () => {
    const plain = await getThroughHttp(labProxy('http-canned-page'), 'http://192.0.2.1/anything');
    expect(plain).toMatchObject({ status: 200, body: expect.stringContaining('Welcome') });
    const { socket } = await openTunnel(labProxy('https-canned-page'), '192.0.2.1:80');
    expect(await getInside(socket)).toContain('Welcome');
  });

  test('a judge faker echoes the nonce without reaching the judge', async () => {
    const { status, body } = await getThroughHttp(labProxy('http-judge-faker'), 'http://192.0.2.1/judge?nonce=abc');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ nonce: 'abc', ip: labProxy('http-judge-faker').address });
  });

  test('a replayer gives everybody the answer to the first question', async () => {
    const proxy = labProxy('http-replayer');
    const ask = (path: string) => getThroughHttp(proxy, `http://127.0.0.1:${origin.port}/${path}`);
    expect((await ask('first')).status).toBe(502);
    expect(parseSeen((await ask('second')).body).path).toBe('/first');
    expect(parseSeen((await ask('third')).body).path).toBe('/first');
  });

  test('a replayer that answers first is honest once', async () => {
    const server = await openServer(createReplayer('127.0.10.200', { answersFirst: true }), {
      address: '127.0.10.200',
      port: 0,
    });
    const proxy = { ...labProxy('http-replayer'), address: server.address, port: server.port };
    const first = await getThroughHttp(proxy, `http://127.0.0.1:${origin.port}/first`);
    const second = await getThroughHttp(proxy, `http://127.0.0.1:${origin.port}/second`);
    expect([first, second].map(({ body }) => parseSeen(body).path)).toEqual(['/first', '/first']);
    await server.close();
  });

  test('a tamperer keeps the length and changes the bytes', async () => {
    const honest = await getThroughHttp(labProxy('http-elite-1'), originUrl);
    const changed = await getThroughHttp(labProxy('http-body-tamperer'), originUrl);
    expect(changed.status).toBe(200);
    expect(changed.body).not.toContain('"address"');
    expect(honest.body).toContain('"address"');
  });

  test('one that allows port 443 alone refuses others with 403', async () => {
    expect((await openTunnel(labProxy('https-only-443'), `127.0.0.1:${origin.port}`)).status).toBe(403);
  });

  test.each(['http-silent', 'http-dripping'])('%s accepts and has not answered before it is ended', async (name) => {
    const { address, port } = labProxy(name);
    const server = await openServer(createTcpServer(), { address: '127.0.10.201', port: 0 });
    const socket = connect(port, address);
    await once(socket, 'connect');
    socket.write('GET http://127.0.0.1/ HTTP/1.1\r\n\r\n');
    expect(socket.read()).toBeNull();
    socket.destroy();
    await server.close();
  });

  test('an interceptor shows its own certificate for TLS and is honest otherwise', async () => {
    const identity = createSelfSignedIdentity('127.0.0.1');
    const server = createTlsServer(identity, (socket) => socket.end('secret'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const certificateThrough = async (name: string) => {
      const { socket } = await openTunnel(labProxy(name), `127.0.0.1:${port}`);
      const inner = connectTls({ socket, rejectUnauthorized: false });
      const [data] = (await once(inner, 'data')) as [Buffer];
      const { raw } = inner.getPeerCertificate();
      inner.destroy();
      return { data: data.toString(), pem: raw.toString('base64') };
    };
    const own = identity.cert.replace(/-----[A-Z ]+-----|\n/g, '');
    expect(await certificateThrough('https-1')).toEqual({ data: 'secret', pem: own });
    const intercepted = await certificateThrough('https-intercepting-tls');
    expect(intercepted.data).toBe('secret');
    expect(intercepted.pem).not.toBe(own);
    server.close();
    const { socket } = await openTunnel(labProxy('https-intercepting-tls'), `127.0.0.1:${origin.port}`);
    expect(parseSeen(await getInside(socket)).address).toBe(labProxy('https-intercepting-tls').address);
  });
});

describe('the lab as a whole', () => {
  test('has at least 24 kinds of bad proxies, and says of each what a check must find', () => {
    const bad = labProxies.filter(({ behaviour, finding }) => finding && behaviour.kind !== 'dead');
    expect(new Set(bad.map(({ behaviour }) => behaviour.kind)).size).toBeGreaterThanOrEqual(24);
    const neverActive = labProxies.filter(({ expectation }) => expectation === 'never_active');
    expect(neverActive.filter(({ finding }) => !finding)).toEqual([]);
    const verdicts = new Set(bad.map(({ finding }) => finding?.verdict));
    for (const verdict of tamperVerdicts) expect(verdicts).toContain(verdict);
  });

  test('every proxy has a name and an address of its own', () => {
    expect(new Set(labProxies.map(({ name }) => name)).size).toBe(labProxies.length);
    expect(new Set(labProxies.map(({ address }) => address)).size).toBe(labProxies.length);
  });

  test.each(['txt', 'json', 'csv', 'html', 'b64'])('the list as .%s names every proxy', async (extension) => {
    const answer = await fetch(lab.sourceListUrl.replace(/txt$/, extension));
    expect(answer.status).toBe(200);
    const body = await answer.text();
    const list = extension === 'b64' ? Buffer.from(body, 'base64').toString() : body;
    for (const proxy of lab.proxies) {
      expect(list).toContain(extension === 'txt' || extension === 'b64' ? labProxyUrl(proxy) : proxy.address);
    }
  });

  test('a taken port is a clear error and leaves nothing open', async () => {
    const first = lab.proxies[0];
    if (!first) throw new Error('The lab is empty.');
    const basePort = first.port - 1;
    await expect(startLab({ basePort, sourceListPort: 0, proxies: labProxies.slice(0, 1) })).rejects.toThrow(
      `${first.address}:${first.port} is taken`,
    );
  });

  test('close ends servers and their connections', async () => {
    const other = await startLab({ basePort: 0, sourceListPort: 0 });
    const silent = other.proxies.find(({ name }) => name === 'http-silent');
    if (!silent) throw new Error('The lab has no silent proxy.');
    const socket = connect(silent.port, silent.address);
    await once(socket, 'connect');
    await other.close();
    await once(socket, 'close');
    const [error] = (await once(connect(silent.port, silent.address), 'error').catch((cause: unknown) => [cause])) as [
      Error,
    ];
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
