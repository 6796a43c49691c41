import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createDialerFrom } from '../../../src/platform/net/create-dialer.ts';
import { Deadline } from '../../../src/platform/net/deadline.ts';
import { DialError } from '../../../src/platform/net/dial-error.ts';
import type { Dialer } from '../../../src/platform/net/dialer.types.ts';
import type { ProxyEndpoint, ProxyProtocol } from '../../../src/platform/net/proxy-endpoint.ts';
import { type FakeSocket, type FakeSocketOptions, fakeSocket } from '../../support/fake-socket.ts';
import { llhttpInNode } from '../../support/llhttp-in-node.ts';

const llhttp = llhttpInNode();
const unhandled: unknown[] = [];
const note = (reason: unknown): void => {
  unhandled.push(reason);
};
beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});

function dialerOver(socket: FakeSocket): Dialer {
  return createDialerFrom({ connect: () => socket, clock: systemClock, allowPrivateNetworks: false, llhttp });
}

function endpoint(protocol: ProxyProtocol, login: [string, string] | null = null): ProxyEndpoint {
  return { protocol, ip: '8.8.8.8', port: 1080, username: login?.[0] ?? null, password: login?.[1] ?? null };
}

const target = { hostname: 'example.com', port: 80 };

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

const SOCKS5_NAME = [3, 9, ...text('proxy.lan')];

/** What each kind of proxy says until the tunnel stands. */
const HANDSHAKES: [string, ProxyEndpoint, number[]][] = [
  ['CONNECT', endpoint('https'), text('HTTP/1.1 200 Connection established\r\nVia: 1.1 x\r\n\r\n')],
  ['CONNECT behind interim', endpoint('http'), text('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n')],
  ['SOCKS4', endpoint('socks4'), [0, 90, 1, 2, 3, 4, 5, 6]],
  ['SOCKS5', endpoint('socks5'), [5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 5, 6]],
  ['SOCKS5, IPv6 bound', endpoint('socks5'), [5, 0, 5, 0, 0, 4, ...Array<number>(16).fill(7), 5, 6]],
  ['SOCKS5, name bound', endpoint('socks5'), [5, 0, 5, 0, 0, ...SOCKS5_NAME, 5, 6]],
  ['SOCKS5, password', endpoint('socks5', ['u', 'p']), [5, 2, 1, 0, 5, 0, 0, 1, 1, 2, 3, 4, 5, 6]],
  ['SOCKS5, password, other version', endpoint('socks5', ['u', 'p']), [5, 2, 5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 5, 6]],
];

const AFTER_HANDSHAKE = text('first words of the target');

async function failureOf(work: Promise<unknown>): Promise<DialError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DialError)) throw new Error('It should have failed.', { cause: error });
  return error;
}

function open(via: ProxyEndpoint, options: FakeSocketOptions) {
  const socket = fakeSocket(options);
  return { socket, tunnel: dialerOver(socket).openTunnel(via, target) };
}

describe('a handshake', () => {
  it.each(HANDSHAKES)('by %s succeeds however it is split, and keeps what follows', async (_, via, answer) => {
    const bytes = Uint8Array.from([...answer, ...AFTER_HANDSHAKE]);
    for (let split = 0; split <= bytes.length; split += 1) {
      const pieces = [bytes.subarray(0, split), bytes.subarray(split)];
      const tunnel = await open(via, { pieces }).tunnel;
      const deadline = new Deadline('http', 5_000);
      expect([...(await tunnel.reader.readExactly(AFTER_HANDSHAKE.length, deadline))]).toEqual(AFTER_HANDSHAKE);
      expect(await tunnel.reader.readSome(deadline)).toBeNull();
      deadline.clear();
      tunnel.close();
    }
    const single = await open(via, { pieces: Array.from(bytes, (byte) => Uint8Array.of(byte)) }).tunnel;
    single.close();
  });

  it.each(HANDSHAKES)(
    'by %s that ends anywhere within is a reset, and its socket is closed',
    async (_, via, answer) => {
      for (let length = 0; length < answer.length; length += 1) {
        const { socket, tunnel } = open(via, { pieces: [Uint8Array.from(answer.slice(0, length))] });
        const error = await failureOf(tunnel);
        expect([error.stage, error.code, error.tcpMs !== null]).toEqual(['proxy_handshake', 'reset', true]);
        expect(socket.closeCalls).toBe(1);
      }
    },
  );

  it.each([
    ['another version', [4, 0], 'tunnel_protocol', null],
    ['a method nobody offered', [5, 1], 'tunnel_protocol', null],
    ['a password that was not offered', [5, 2], 'tunnel_protocol', null],
    ['no acceptable method', [5, 255], 'proxy_auth', 255],
    ['a refusal', [5, 0, 5, 2], 'tunnel_refused', 2],
    ['an unknown refusal', [5, 0, 5, 99], 'tunnel_protocol', null],
    ['a reserved byte in use', [5, 0, 5, 0, 1, 1], 'tunnel_protocol', null],
    ['an unknown address type', [5, 0, 5, 0, 0, 9], 'tunnel_protocol', null],
  ])('by SOCKS5 with %s fails accordingly', async (_, bytes, code, reply) => {
    const error = await failureOf(open(endpoint('socks5'), { pieces: [Uint8Array.from(bytes)] }).tunnel);
    expect([error.stage, error.code, error.reply]).toEqual(['proxy_handshake', code, reply]);
  });

  it('writes what the protocols say and nothing more', async () => {
    const written = async (via: ProxyEndpoint, to: typeof target, answer: number[]): Promise<number[]> => {
      const socket = fakeSocket({ pieces: [Uint8Array.from(answer)] });
      (await dialerOver(socket).openTunnel(via, to)).close();
      return [...socket.written()];
    };
    const name = text('example.com');
    const granted4 = [0, 90, 0, 0, 0, 0, 0, 0];
    const granted5 = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    expect(await written(endpoint('socks4', ['me', 'x']), target, granted4)).toEqual([
      4,
      1,
      0,
      80,
      0,
      0,
      0,
      1,
      ...text('me'),
      0,
      ...name,
      0,
    ]);
    expect(await written(endpoint('socks4'), { hostname: '9.8.7.6', port: 443 }, granted4)).toEqual([
      4, 1, 1, 187, 9, 8, 7, 6, 0,
    ]);
    expect(await written(endpoint('socks5'), target, [5, 0, ...granted5])).toEqual([
      5,
      1,
      0,
      5,
      1,
      0,
      3,
      11,
      ...name,
      0,
      80,
    ]);
    expect(await written(endpoint('socks5'), { hostname: '9.8.7.6', port: 443 }, [5, 0, ...granted5])).toEqual([
      5, 1, 0, 5, 1, 0, 1, 9, 8, 7, 6, 1, 187,
    ]);
    expect(await written(endpoint('socks5'), { hostname: '[2a00::1]', port: 80 }, [5, 0, ...granted5])).toEqual([
      5,
      1,
      0,
      5,
      1,
      0,
      4,
      0x2a,
      ...Array<number>(14).fill(0),
      1,
      0,
      80,
    ]);
    expect(await written(endpoint('socks5', ['ü', 'p']), target, [5, 2, 1, 0, ...granted5])).toEqual([
      5,
      2,
      0,
      2,
      1,
      2,
      0xc3,
      0xbc,
      1,
      0x70,
      5,
      1,
      0,
      3,
      11,
      ...name,
      0,
      80,
    ]);
    const connect = await written(endpoint('https', ['u', 'p:q']), target, text('HTTP/1.1 200 OK\r\n\r\n'));
    expect(new TextDecoder().decode(Uint8Array.from(connect))).toBe(
      'CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\nProxy-Authorization: Basic dTpwOnE=\r\n\r\n',
    );
  });

  it('never starts for a target that is not public, malformed or beyond the protocol', async () => {
    const cases: [ProxyProtocol, string, number, string][] = [
      ['socks5', '127.0.0.1', 80, 'address_not_allowed'],
      ['socks5', '[::1]', 80, 'address_not_allowed'],
      ['https', 'localhost', 80, 'address_not_allowed'],
      ['https', 'metadata.google.internal', 80, 'address_not_allowed'],
      ['https', '2130706433', 80, 'address_not_allowed'],
      ['https', 'a.b\r\nX: y', 80, 'invalid_request'],
      ['https', 'a.b c.d', 80, 'invalid_request'],
      ['socks5', '', 80, 'invalid_request'],
      ['socks5', 'a.b', 0, 'invalid_request'],
      ['socks5', 'a.b', 70_000, 'invalid_request'],
      ['socks4', '2a00:1450::1', 80, 'target_unsupported'],
    ];
    for (const [protocol, hostname, port, code] of cases) {
      const socket = fakeSocket({ staysOpen: true });
      const error = await failureOf(dialerOver(socket).openTunnel(endpoint(protocol), { hostname, port }));
      expect([hostname, error.stage, error.code]).toEqual([hostname, 'address', code]);
      expect(socket.written().byteLength).toBe(0);
    }
  });

  it('never sends credentials that its protocol can not carry', async () => {
    const cases: [ProxyProtocol, [string, string]][] = [
      ['https', ['a:b', 'c']],
      ['socks4', ['a\0b', '']],
      ['socks5', ['a'.repeat(256), 'b']],
      ['socks5', ['a', 'b'.repeat(256)]],
    ];
    for (const [protocol, login] of cases) {
      const error = await failureOf(open(endpoint(protocol, login), { staysOpen: true }).tunnel);
      expect(error.code).toBe('invalid_request');
    }
  });
});

describe("the platform's socket", () => {
  const impatient = { tcpMs: 30, totalMs: 60 };

  it('that never opens ends by the deadline, though its close() never settles', async () => {
    const socket = fakeSocket({ opening: 'hang' });
    const error = await failureOf(dialerOver(socket).openTcp(endpoint('http'), impatient));
    expect([error.stage, error.code, error.tcpMs]).toEqual(['tcp', 'tcp_timeout', null]);
    expect(socket.closeCalls).toBe(1);
  });

  it('that is refused is refused, though its reader would see a clean end', async () => {
    const url = 'http://8.8.4.4/';
    const error = await failureOf(dialerOver(fakeSocket({ opening: 'refuse' })).request({ endpoint: null, url }));
    expect([error.stage, error.code]).toEqual(['tcp', 'tcp_refused']);
    expect(error.message).not.toMatch(/proxy request failed/);
  });

  it('that fails to be made at all is refused', async () => {
    const connect = (): never => {
      throw new TypeError('Specified address is empty string');
    };
    const dialer = createDialerFrom({ connect, clock: systemClock, allowPrivateNetworks: false, llhttp });
    expect((await failureOf(dialer.openTcp(endpoint('http')))).code).toBe('tcp_refused');
  });

  it('that opens and ends at once is a reset', async () => {
    const error = await failureOf(dialerOver(fakeSocket()).request({ endpoint: null, url: 'http://8.8.4.4/' }));
    expect([error.stage, error.code]).toEqual(['http', 'reset']);
  });

  it('is closed after a good answer too, and leaves no rejection unhandled', async () => {
    const socket = fakeSocket({ pieces: [Uint8Array.from(text('HTTP/1.1 204 No Content\r\n\r\n'))], staysOpen: true });
    const { status } = await dialerOver(socket).request({ endpoint: null, url: 'http://8.8.4.4/' });
    expect([status, socket.closeCalls]).toEqual([204, 1]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});

describe('a direct request to a name', () => {
  it('connects to the address that was judged, not to the name', async () => {
    const dialled: string[] = [];
    const connect = (address: { hostname: string }): FakeSocket => {
      dialled.push(address.hostname);
      return fakeSocket({ pieces: [Uint8Array.from(text('HTTP/1.1 204 No Content\r\n\r\n'))] });
    };
    const parts = { connect, clock: systemClock, allowPrivateNetworks: false, llhttp };
    const url = 'http://example.com/';
    await createDialerFrom({ ...parts, resolve: async () => ['8.8.8.8', '8.8.4.4'] }).request({ endpoint: null, url });
    expect(dialled).toEqual(['8.8.8.8']);
    const inward = createDialerFrom({ ...parts, resolve: async () => ['8.8.8.8', '10.0.0.1'] });
    expect((await failureOf(inward.request({ endpoint: null, url }))).code).toBe('address_not_allowed');
    const lost = createDialerFrom({ ...parts, resolve: () => new Promise(() => {}) });
    const error = await failureOf(lost.request({ endpoint: null, url, deadlines: { tcpMs: 20 } }));
    expect([error.stage, error.code]).toEqual(['address', 'address_unresolved']);
    expect(dialled).toHaveLength(1);
  });
});
