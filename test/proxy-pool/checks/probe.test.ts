import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { platformConnect } from '../../../src/platform/net/dial.ts';
import { createDialer, type PlatformSocket, type ProxyEndpoint } from '../../../src/platform/net/dialer.ts';
import { checkers } from '../../../src/plugins/checkers/checker.registry.ts';
import { tcpConnectChecker } from '../../../src/plugins/checkers/tcp-connect.checker.ts';
import { probe } from '../../../src/proxy-pool/checks/probe.ts';
import { createJudge } from '../../../src/proxy-pool/judge/judge.service.ts';
import { createRoundJudge } from '../../../src/proxy-pool/judge/round-judge.ts';

const JUDGE = createJudge({ secret: 'secret of the test', clock: systemClock, allowPrivateNetworks: true });

function peer(name: string): { host: string; port: number } {
  const address = env.TEST_PEERS.net[name];
  if (!address) throw new Error(`There is no peer called ${name}.`);
  return address;
}

/** A round by real sockets, which are kept to be looked at. */
async function roundOf(name: string, stages = checkers) {
  const sockets: PlatformSocket[] = [];
  const dialer = createDialer({
    allowPrivateNetworks: true,
    connect(address) {
      const socket = platformConnect(address);
      sockets.push(socket);
      return socket;
    },
  });
  const { host: ip, port } = peer(name);
  const proxy: ProxyEndpoint = { protocol: 'http', ip, port, username: null, password: null };
  const judgeUrl = `http://${peer('origin').host}:${peer('origin').port}/judge`;
  const round = {
    judge: JUDGE,
    judgeUrl,
    judgeTlsUrl: '',
    tlsFingerprints: [],
    proxyId: crypto.randomUUID(),
    proxyIp: ip,
  };
  const report = await probe({ proxy, checkers: stages, dialer, judge: createRoundJudge(round), clock: systemClock });
  return { report, sockets };
}

describe('a round of checks', () => {
  it('asks its first question over the connection that its first stage opened', async () => {
    const { report, sockets } = await roundOf('httpProxy');
    // Who is asked here is no judge, and that ends the round.
    expect(report).toMatchObject({ outcome: 'failed', results: [{ passed: true }, { passed: false }] });
    expect(report.results.map(({ checker_name: name }) => name)).toEqual(['tcp_connect', 'http_anonymity']);
    expect(sockets).toHaveLength(1);
    await Promise.all(sockets.map(({ closed }) => closed.catch(() => undefined)));
  });

  it('closes a connection over which nothing was asked', async () => {
    const { report, sockets } = await roundOf('silent', [tcpConnectChecker]);
    expect(report.results).toMatchObject([{ checker_name: 'tcp_connect', passed: true }]);
    expect(sockets).toHaveLength(1);
    await Promise.all(sockets.map(({ closed }) => closed.catch(() => undefined)));
  });
});
