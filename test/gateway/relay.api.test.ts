import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { callThrough, createProxy } from './support.ts';

const target = { targetBaseURL: env.TEST_PEERS.gateway.targetUrl };

/** The next text of a socket. */
function nextText(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
    socket.addEventListener('close', () => reject(new Error('closed')), { once: true });
  });
}

describe('a target that closes a kept connection just as a request goes out', () => {
  it('is asked once more for what is safe to repeat, and not for anything else', async () => {
    const { proxyId } = await createProxy({ target });
    const statuses: number[] = [];
    for (const method of ['GET', 'GET', 'HEAD', 'GET', 'HEAD', 'POST']) {
      statuses.push((await callThrough(`/api/${proxyId}/kept-once`, { method })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 502]);
  });
});

describe('what a target sends for browsers', () => {
  it('gets an origin of its own, and says nothing of ours', async () => {
    const { proxyId } = await createProxy({ target });
    const answer = await callThrough(`/api/${proxyId}/page.html`);
    expect(await answer.text()).toMatch(/^<script>/);
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'self', sandbox");
    expect(answer.headers.has('strict-transport-security')).toBe(false);
    expect(answer.headers.has('clear-site-data')).toBe(false);
    const plain = await callThrough(`/api/${proxyId}/headers`);
    expect(plain.headers.get('content-security-policy')).toBe('sandbox');
  });
});

describe('a WebSocket', () => {
  it('is opened at the target with its credential, and passes messages both ways', async () => {
    const { proxyId } = await createProxy({ target });
    const answer = await callThrough(`/api/${proxyId}/socket`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'chat' },
    });
    expect([answer.status, answer.headers.get('requestrocket-proxy-code')]).toEqual([101, 'proxy-access-granted']);
    const { webSocket } = answer;
    if (!webSocket) throw new Error('no socket');
    webSocket.accept();
    for (const text of ['one', 'two']) {
      const echoed = nextText(webSocket);
      webSocket.send(text);
      expect(await echoed).toBe(`chat, Bearer target-secret-0123456789: ${text}`);
    }
    webSocket.close();
  });

  it('is refused as any other call is', async () => {
    const { proxyId } = await createProxy({ target });
    const answer = await callThrough(`/api/${proxyId}/socket`, {
      headers: { upgrade: 'websocket', 'x-api-key': 'wrong' },
    });
    expect([answer.status, answer.webSocket]).toEqual([401, null]);
  });
});
