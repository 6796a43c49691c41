import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { listenAsPeer } from '../support/listening-peer.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

/** A service of this machine that nobody may be led to: it counts who comes. */
export interface Canary {
  port: number;
  visits(): number;
}

export interface SsrfWorld {
  worker: WorkerProcess;
  canary: Canary;
  /** As the built-in admin; `code` is the error's, in whatever shape its face has. */
  ask(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  code: string | null;
  body: unknown;
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), value);
}

function codeOf(body: unknown): string | null {
  const code = at(body, 'error', 'code') ?? at(body, 'errors', 0, 'extensions', 'code') ?? at(body, 'code');
  return code === undefined ? null : String(code);
}

/** Says of every name that it is this machine. */
function createLyingResolver(): Server {
  return createHttpServer((request, response) => {
    const isIpv4 = new URL(request.url ?? '/', 'http://resolver.test').searchParams.get('type') === 'A';
    const answers = isIpv4 ? [{ type: 1, data: '127.0.0.1' }] : [{ type: 28, data: '::1' }];
    response.setHeader('content-type', 'application/dns-json');
    response.end(JSON.stringify({ Status: 0, Answer: answers }));
  });
}

/** The bundled Worker as it is deployed, private networks refused, on a machine where every name leads back to it. */
export async function startSsrfWorld(): Promise<SsrfWorld> {
  let visits = 0;
  const canary = await listenAsPeer(
    createTcpServer((socket) => {
      visits += 1;
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
    }),
  );
  const resolver = await listenAsPeer(createLyingResolver());
  const worker = await startWorkerProcess({
    ALLOW_PRIVATE_NETWORKS: 'false',
    DNS_OVER_HTTPS_URL: `http://127.0.0.1:${resolver.port}/dns-query`,
  });
  return {
    worker,
    canary: { port: canary.port, visits: () => visits },
    async ask(method, path, json, headers = {}) {
      const response = await fetch(`${worker.baseUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${worker.adminKey}`,
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        redirect: 'manual',
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      const text = await response.text();
      const body: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text;
      return { status: response.status, code: codeOf(body), body };
    },
    async stop() {
      await worker.stop();
      await Promise.all([canary.close(), resolver.close()]);
    },
  };
}

/** A field of an answer that must be there. */
export function textAt(answer: Answer, ...path: (string | number)[]): string {
  const value = at(answer.body, ...path);
  if (typeof value !== 'string') throw new Error(`no ${path.join('.')} in ${JSON.stringify(answer)}`);
  return value;
}
