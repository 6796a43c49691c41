import { DEFAULT_BASE_PORT, DEFAULT_SOURCE_LIST_PORT, labProxies } from './catalogue.ts';
import type { LabProxy } from './lab-proxy.ts';
import { openLabProxy } from './open-proxy.ts';
import { createSourceListServer } from './source-list.ts';
import { type OpenServer, openServer } from './tcp-server.ts';

/** Only loopback may ask for the lists: they hold the lab's passwords. */
const SOURCE_LIST_ADDRESS = '127.0.0.1';

export interface LabOptions {
  /** Proxy n listens on port `basePort` + n; 0 takes free ports, as tests do. */
  basePort?: number;
  /** 0 takes a free one. */
  sourceListPort?: number;
  /** Which proxies to start; all of the catalogue by default. */
  proxies?: readonly LabProxy[];
}

export interface Lab {
  /** The catalogue, with the ports that are really in use. */
  proxies: LabProxy[];
  /** `http://127.0.0.1:PORT/proxies.txt`; `.json`, `.csv`, `.html` and `.b64` are beside it. */
  sourceListUrl: string;
  /** Ends all servers and connections. */
  close(): Promise<void>;
}

/** Starts the lab. Throws LabAddressError, with nothing left open, when an address or a port can't be had. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const basePort = options.basePort ?? DEFAULT_BASE_PORT;
  const wanted = (options.proxies ?? labProxies).map((proxy) => ({
    ...proxy,
    port: basePort === 0 ? 0 : proxy.port - DEFAULT_BASE_PORT + basePort,
  }));
  const opened: OpenServer[] = [];
  const close = async () => {
    await Promise.all(opened.map((server) => server.close()));
  };
  try {
    const proxies: LabProxy[] = [];
    for (const proxy of wanted) {
      const server = await openLabProxy(proxy);
      opened.push(server);
      proxies.push({ ...proxy, port: server.port });
    }
    const list = await openServer(
      createSourceListServer(() => proxies),
      { address: SOURCE_LIST_ADDRESS, port: options.sourceListPort ?? DEFAULT_SOURCE_LIST_PORT },
    );
    opened.push(list);
    return { proxies, sourceListUrl: `http://${list.address}:${list.port}/proxies.txt`, close };
  } catch (error) {
    await close();
    throw error;
  }
}
