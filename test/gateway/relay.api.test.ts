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

describe('a target', () => {
  it('may send interim answers before the one that counts, and answers without a body', async () => {
    const { proxyId } = await createProxy({ target });
    const answer = await callThrough(`/api/${proxyId}/interim`);
    expect([answer.status, answer.headers.get('x-final')]).toEqual([200, 'yes']);
    expect(await answer.text()).toBe('the one that counts');
    const nothing = await callThrough(`/api/${proxyId}/no-content`);
    expect([nothing.status, nothing.headers.get('x-final'), await nothing.text()]).toEqual([204, 'yes', '']);
    expect(nothing.headers.get('requestrocket-proxy-code')).toBe('proxy-access-granted');
  });

  it('is reached by TLS when its certificate is good, and else not at all', async () => {
    const good = await createProxy({ target: { targetBaseURL: env.TEST_PEERS.gateway.tlsTargetUrl } });
    const answer = await callThrough(`/api/${good.proxyId}/headers`);
    expect(await answer.json()).toMatchObject({ authorization: 'Bearer target-secret-0123456789' });
    const { untrusted } = env.TEST_PEERS.tls.servers;
    const bad = await createProxy({ target: { targetBaseURL: `https://localhost:${untrusted?.port}` } });
    const refused = await callThrough(`/api/${bad.proxyId}/headers`);
    expect([refused.status, refused.headers.get('requestrocket-proxy-code')]).toEqual([502, 'proxy-access-granted']);
  });

  it('that resets the connection is told as such; one that stops in the middle shows in the body', async () => {
    const { proxyId } = await createProxy({ target });
    for (const method of ['GET', 'POST']) {
      expect((await callThrough(`/api/${proxyId}/reset`, { method })).status).toBe(502);
    }
    const cut = await callThrough(`/api/${proxyId}/cut`);
    expect([cut.status, cut.headers.get('content-length')]).toEqual([200, '1000']);
    await expect(cut.text()).rejects.toThrow();
  });

  it('gets bodies with the length that was announced, or without one, and never an Expect', async () => {
    const { proxyId } = await createProxy({ target });
    const headers = { expect: '100-continue', 'content-type': 'text/plain' };
    const whole = await callThrough(`/api/${proxyId}/pieces`, { method: 'PUT', headers, body: 'x'.repeat(100_000) });
    expect(await whole.json()).toMatchObject({ bytes: 100_000, length: '100000' });
    const pieces = [new Uint8Array(60_000), new Uint8Array(40_000)];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    });
    const streamed = await callThrough(`/api/${proxyId}/pieces`, { method: 'PUT', headers, body });
    const seen = await streamed.json<Record<string, unknown>>();
    expect(seen).toMatchObject({ bytes: 100_000, encoding: 'chunked' });
    expect(seen).not.toHaveProperty('expect');
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
