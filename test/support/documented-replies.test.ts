import { describe, expect, it } from 'vitest';
import { undocumented } from './documented-replies.ts';

const JSON_HEADERS = new Headers({ 'content-type': 'application/json' });
const healthy = { status: 'healthy', d1: 'connected', durable_objects: 'connected', queues: 'connected', version: '1' };
const reply = (status: number, body: unknown, headers = JSON_HEADERS) => ({ status, body, headers });

describe('a reply in the tests', () => {
  it.each<[string, string, Parameters<typeof undocumented>[2], RegExp]>([
    ['a status that nobody documented', 'GET /health', reply(418, healthy), /status 418/],
    ['a field of another type', 'GET /health?x=1', reply(200, { ...healthy, d1: 7 }), /d1/],
    ['a field that is missing', 'GET /health', reply(200, { status: 'healthy' }), /d1/],
    [
      'another media type',
      'GET /health',
      reply(200, 'fine', new Headers({ 'content-type': 'text/plain' })),
      /text\/plain/,
    ],
    ['a body where there is none', 'DELETE /auth/keys/1', reply(204, 'x'), /a body/],
    ['an error in the shape of another face', 'GET /api/v1/status', reply(401, { error: {} }), /error/],
    ['a fault of one template beside another', 'POST /sources/preview', reply(200, {}), /parser_name/],
  ])('fails its test for %s', async (_what, request, received, problem) => {
    const [method = '', path = ''] = request.split(' ');
    expect(await undocumented(method, path, received)).toMatch(problem);
  });

  it('passes when it is as documented, and where nothing is', async () => {
    expect(await undocumented('GET', '/health', reply(200, healthy))).toBeNull();
    expect(await undocumented('DELETE', '/auth/keys/1', reply(204, '', new Headers()))).toBeNull();
    expect(await undocumented('GET', '/nothing', reply(404, {}))).toBeNull();
  });
});
