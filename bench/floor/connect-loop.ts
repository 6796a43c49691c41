import { connect } from 'cloudflare:sockets';

/** Sockets that an invocation may have open at once, by the platform's limits. */
const LANES = 6;

export interface ConnectLoopRequest {
  ports: number[];
  /** Origin of the judge that the proxies are asked for. */
  judgeUrl: string;
  /** How long one proxy may take in all. */
  limitMs: number;
}

export interface ConnectLoopResult {
  good: number;
  failed: number;
}

async function requestThrough(port: number, { judgeUrl }: ConnectLoopRequest): Promise<boolean> {
  const socket = connect({ hostname: '127.0.0.1', port });
  socket.closed.catch(() => undefined);
  try {
    await socket.opened;
    const head = `GET ${judgeUrl}/judge?nonce=${port} HTTP/1.1\r\nHost: ${new URL(judgeUrl).host}\r\nConnection: close\r\n\r\n`;
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(head));
    const answer = await new Response(socket.readable).text();
    return answer.startsWith('HTTP/1.1 200') && answer.includes(`"nonce":"${port}"`);
  } catch {
    return false;
  } finally {
    socket.close().catch(() => undefined);
  }
}

async function within(limitMs: number, work: Promise<boolean>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One `connect()` and one request for each proxy, LANES at once; nothing is verified, scored or stored. */
export async function connectLoop(request: ConnectLoopRequest): Promise<ConnectLoopResult> {
  const left = [...request.ports];
  const result = { good: 0, failed: 0 };
  const lane = async () => {
    for (let port = left.pop(); port !== undefined; port = left.pop()) {
      const isGood = await within(request.limitMs, requestThrough(port, request));
      result[isGood ? 'good' : 'failed'] += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return result;
}

/** One `connect()` to an HTTP proxy and one request through it; the body of the answer. */
export async function fetchThrough(port: number, url: string): Promise<string> {
  const socket = connect({ hostname: '127.0.0.1', port });
  socket.closed.catch(() => undefined);
  await socket.opened;
  const head = `GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`;
  await socket.writable.getWriter().write(new TextEncoder().encode(head));
  const answer = await new Response(socket.readable).text();
  socket.close().catch(() => undefined);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}
