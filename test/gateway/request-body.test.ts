import { describe, expect, it } from 'vitest';
import { outgoingBody } from '../../src/gateway/forward/request-body.ts';

const IDLE_MS = 50;

/** A request whose body begins and then stands still. */
function stalled(contentType: string) {
  const { readable: body, writable } = new TransformStream<Uint8Array, Uint8Array>();
  void writable.getWriter().write(new TextEncoder().encode('{"a":'));
  const headers = { 'content-type': contentType, 'content-length': '100' };
  return { request: new Request('http://switchyard.test/', { method: 'POST', headers }), body };
}

describe('a body that stands still', () => {
  it.each([
    ['that fields are added to', 'application/json', { data: { b: 1 }, keptBytes: 0 }],
    ['that is kept to be sent again', 'text/plain', { data: {}, keptBytes: 1_000 }],
  ])('%s is not waited for without end', async (_what, contentType, options) => {
    const { request, body } = stalled(contentType);
    const outgoing = outgoingBody(request, { body, idleMs: IDLE_MS, ...options });
    await expect(outgoing).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });

  it('is the target’s to wait for where it is passed on', async () => {
    const { request, body } = stalled('text/plain');
    expect(await outgoingBody(request, { body, idleMs: IDLE_MS, data: {}, keptBytes: 0 })).toEqual({
      content: body,
      contentLength: 100,
      contentType: null,
    });
  });
});
