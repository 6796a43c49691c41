import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createGzip, gzipSync } from 'node:zlib';
import { listenAsPeer } from './listening-peer.ts';

/** What `gzip-bomb.txt` inflates to, in MiB: more than a Worker's memory. */
const BOMB_MEBIBYTES = 512;
/** Entries that `/lines?count=` gives at most. */
const MAX_LINES = 300_000;

export interface SourcePeers {
  /** URL of each server; `list:NAME` are real lists, where this machine has them. */
  addresses: Record<string, string>;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** Distinct addresses, from 127.64.0.0 on: loopback, so that a check of one by mistake harms nobody, as many as asked for. */
function lines(count: number, first: number): string {
  const rows: string[] = [];
  for (let index = first; index < first + count; index += 1) {
    rows.push(`127.${64 + ((index >> 16) & 63)}.${(index >> 8) & 255}.${index & 255}:8080`);
  }
  return `${rows.join('\n')}\n`;
}

/** Bodies that tests set: PUT /slot/NAME, then GET it as a list. */
const slots = new Map<string, { body: string; gets: number; headers: IncomingMessage['headers'] }>();

function slot(request: IncomingMessage, response: ServerResponse, url: URL): void {
  const name = url.pathname;
  if (request.method === 'PUT') {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      slots.set(name, { body, gets: slots.get(name)?.gets ?? 0, headers: {} });
      response.end('stored');
    });
    return;
  }
  const stored = slots.get(name);
  if (url.searchParams.has('seen')) {
    response.end(JSON.stringify({ gets: stored?.gets ?? 0, headers: stored?.headers ?? {} }));
    return;
  }
  if (!stored) {
    response.writeHead(404).end();
    return;
  }
  stored.gets += 1;
  stored.headers = request.headers;
  response.end(stored.body);
}

/** The same piece again and again, until the other side leaves. */
function endless(response: ServerResponse, piece: string): void {
  const pour = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', pour);
  pour();
}

/** How often `drip` sends a line, until the other side leaves. */
const DRIP_INTERVAL_MS = 20;

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('127.12.0.1:80\n'), DRIP_INTERVAL_MS);
  response.on('close', () => clearInterval(timer));
}

const mebibyte = Buffer.alloc(1024 * 1024, '127.11.0.1:80\n');
const announcedBomb = gzipSync(mebibyte, { level: 9 });

/** Half a GiB of the same line, made as it is taken. */
function bomb(response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' });
  const gzip = createGzip({ level: 1 });
  gzip.pipe(response);
  gzip.on('error', () => undefined);
  response.on('close', () => gzip.destroy());
  let left = BOMB_MEBIBYTES;
  const feed = () => {
    if (gzip.destroyed) return;
    left -= 1;
    if (left < 0) gzip.end();
    else if (gzip.write(mebibyte)) setImmediate(feed);
    else gzip.once('drain', feed);
  };
  feed();
}

const answers: Record<string, Answer> = {
  '/lines.txt': (_request, response, url) => {
    const count = Math.min(Number(url.searchParams.get('count') ?? 3), MAX_LINES);
    response.end(lines(count, Number(url.searchParams.get('first') ?? 0)));
  },
  '/status.txt': (_request, response, url) => {
    response.writeHead(Number(url.searchParams.get('status') ?? 404)).end('127.13.0.1:80\n');
  },
  '/page.txt': (_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><html><head><title>Sign in</title></head><body><p>Please sign in</p></body></html>');
  },
  '/binary.txt': (_request, response) => {
    response.end(Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 167 + 13) % 256)));
  },
  '/broken.json': (_request, response) => {
    response.end('[{"ip":"127.14.0.1","port":80},{"ip":"127.14.0.2","port":81},{"ip":"127.');
  },
  '/bom.txt': (_request, response) => response.end('\uFEFF127.15.0.1:80\r\n127.15.0.2:81\r\n'),
  '/silent.txt': () => undefined,
  '/stalls.txt': (_request, response) => void response.write('127.16.0.1:80\n127.16.0.2:80\n'),
  '/drip.txt': (_request, response) => drip(response),
  '/endless.txt': (_request, response) => endless(response, lines(500, 0)),
  '/endless-line.txt': (_request, response) => endless(response, '9'.repeat(65_536)),
  '/endless-text.json': (_request, response) => {
    response.write('[{"ip":"127.14.0.1","port":80},{"ip":"');
    endless(response, '9'.repeat(65_536));
  },
  '/reset.txt': (_request, response) => {
    response.writeHead(200, { 'content-length': '1000000' });
    response.write(lines(2_000, 1_000_000), () => response.socket?.resetAndDestroy());
  },
  '/gzip-bomb.txt': (_request, response) => bomb(response),
  '/announced-bomb.txt': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(announcedBomb.length) });
    response.end(announcedBomb);
  },
  '/gzip.txt': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync('127.17.0.1:80\n127.17.0.2:80\n'));
  },
  '/redirect.txt': (_request, response, url) => {
    const hops = Number(url.searchParams.get('hops') ?? 1);
    const to = url.searchParams.get('to') ?? '/lines.txt';
    const location = hops > 1 ? `/redirect.txt?hops=${hops - 1}&to=${encodeURIComponent(to)}` : to;
    response.writeHead(302, { location }).end();
  },
  '/loop.txt': (_request, response) => void response.writeHead(301, { location: '/loop.txt' }).end(),
  '/nowhere.txt': (_request, response) => void response.writeHead(302, { location: 'http://[' }).end(),
};

function createListServer(): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://source.test');
    response.on('error', () => response.destroy());
    const answer = url.pathname.startsWith('/slot/') ? slot : answers[url.pathname];
    if (answer) answer(request, response, url);
    else response.writeHead(404).end();
  });
}

/** The folder of real lists: SWITCHYARD_SOURCE_LISTS, else beside the checkout; empty when there is none. */
async function readRealLists(): Promise<Map<string, Buffer>> {
  const beside = fileURLToPath(new URL('../../../shared/data/sources', import.meta.url).href);
  const folder = process.env.SWITCHYARD_SOURCE_LISTS ?? beside;
  const names = await readdir(folder).catch(() => []);
  const lists = new Map<string, Buffer>();
  for (const name of names.filter((entry) => /\.(txt|json)$/.test(entry))) {
    lists.set(name, await readFile(`${folder}/${name}`));
  }
  if (lists.size === 0) process.stdout.write(`Real proxy lists are not in ${folder}: their tests are skipped.\n`);
  return lists;
}

async function listen(server: TcpServer): Promise<{ url: string; close(): Promise<void> }> {
  const { port, close } = await listenAsPeer(server);
  return { url: `http://127.0.0.1:${port}`, close };
}

/** Starts servers of proxy lists on loopback: `lists` by path (above), `other` the same at another origin. */
export async function startSourcePeers(): Promise<SourcePeers> {
  const realLists = await readRealLists();
  const realServer = createServer((request, response) => {
    const body = realLists.get((request.url ?? '').slice(1).split('?')[0] ?? '');
    if (body) response.end(body);
    else response.writeHead(404).end();
  });
  const closing = createTcpServer((socket) => socket.end());
  const servers = await Promise.all([createListServer(), createListServer(), realServer, closing].map(listen));
  const [lists, other, real, hangsUp] = servers.map(({ url }) => url);
  const addresses: Record<string, string> = { lists: lists ?? '', other: other ?? '', hangsUp: hangsUp ?? '' };
  for (const name of realLists.keys()) addresses[`list:${name}`] = `${real}/${name}`;
  return {
    addresses,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
