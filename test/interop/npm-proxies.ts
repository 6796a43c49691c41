import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createSocksServer } from '@pondwader/socks5-server';
import { createProxy } from 'proxy';
import { Server as ChainServer } from 'proxy-chain';
import { claimPort } from '../../dev/start/ports.ts';
import type { ForeignProxy } from './debian-proxies.ts';

/** The login that those with a password want. */
export const NPM_LOGIN = { username: 'interop', password: 'secret words' } as const;

async function listen(server: Server): Promise<ForeignProxy> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** By `proxy`, the HTTP proxy that the agents of npm are tested with. */
function startProxy(): Promise<ForeignProxy> {
  return listen(createProxy(createServer()));
}

/** By `proxy-chain`, which Apify's crawlers use. */
async function startProxyChain(): Promise<ForeignProxy> {
  const server = new ChainServer({
    host: '127.0.0.1',
    port: 0,
    prepareRequestFunction: ({ username, password }) => ({
      requestAuthentication: username !== NPM_LOGIN.username || password !== NPM_LOGIN.password,
    }),
  });
  await server.listen();
  return { port: server.port, stop: () => server.close(true) };
}

/** By `@pondwader/socks5-server`. */
async function startSocks5(): Promise<ForeignProxy> {
  const server = createSocksServer({ auth: NPM_LOGIN });
  const port = await claimPort(0);
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port,
    // It would wait for connections that nobody ends.
    async stop() {
      server.close();
    },
  };
}

export const npmProxies = { proxy: startProxy, 'proxy-chain': startProxyChain, 'socks5-server': startSocks5 } as const;
