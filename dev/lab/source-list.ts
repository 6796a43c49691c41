import { createServer, type Server } from 'node:http';
import { type LabProxy, labProxyUrl } from './lab-proxy.ts';

interface SourceList {
  contentType: string;
  write: (proxies: readonly LabProxy[]) => string;
}

function writeText(proxies: readonly LabProxy[]): string {
  return `# Proxies of the local lab\n${proxies.map(labProxyUrl).join('\n')}\n`;
}

function writeJson(proxies: readonly LabProxy[]): string {
  const items = proxies.map(({ address, port, protocol, username, password, country }) => ({
    ip: address,
    port,
    protocol,
    ...(username === undefined ? {} : { username, password }),
    country,
  }));
  return `${JSON.stringify(items, null, 2)}\n`;
}

function writeCsv(proxies: readonly LabProxy[]): string {
  const rows = proxies.map((proxy) =>
    [proxy.address, proxy.port, proxy.protocol, proxy.username ?? '', proxy.password ?? '', proxy.country].join(','),
  );
  return `ip,port,protocol,username,password,country\r\n${rows.join('\r\n')}\r\n`;
}

function writeHtml(proxies: readonly LabProxy[]): string {
  const cells = ['IP Address', 'Port', 'Protocol', 'Code'].map((title) => `<th>${title}</th>`).join('');
  const rows = proxies.map(
    ({ address, port, protocol, country }) =>
      `<tr><td>${address}</td><td>${port}</td><td>${protocol}</td><td>${country}</td></tr>`,
  );
  return `<!doctype html>\n<title>Lab</title>\n<table>\n<thead><tr>${cells}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>\n`;
}

/** Path → the same proxies in another notation. HTML has no place for passwords. */
const LISTS: Record<string, SourceList> = {
  '/proxies.txt': { contentType: 'text/plain; charset=utf-8', write: writeText },
  '/proxies.json': { contentType: 'application/json', write: writeJson },
  '/proxies.csv': { contentType: 'text/csv; charset=utf-8', write: writeCsv },
  '/proxies.html': { contentType: 'text/html; charset=utf-8', write: writeHtml },
  '/proxies.b64': {
    contentType: 'text/plain; charset=utf-8',
    write: (proxies) => `${Buffer.from(writeText(proxies)).toString('base64')}\n`,
  },
};

/** Serves the lab's proxies as source lists. Not listening yet; `proxies` is asked at each request. */
export function createSourceListServer(proxies: () => readonly LabProxy[]): Server {
  return createServer((incoming, answer) => {
    const list = LISTS[new URL(incoming.url ?? '/', 'http://lab.invalid').pathname];
    if (!list) {
      answer.writeHead(404, { 'content-type': 'text/plain' }).end(`Lists: ${Object.keys(LISTS).join(' ')}\n`);
      return;
    }
    answer.writeHead(200, { 'content-type': list.contentType }).end(list.write(proxies()));
  });
}
