import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/platform/errors/app-error.ts';
import { assertPublicUrl, MAX_URL_LENGTH } from '../../../src/platform/net/public-url.ts';
import { SSRF_URLS } from '../../support/ssrf-spellings.ts';

const deployed = { allowPrivateNetworks: false };
const local = { allowPrivateNetworks: true };

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'accepted',
    (reason: unknown) => reason,
  );
  return error instanceof AppError ? error.code : String(error);
}

describe('a URL from a caller', () => {
  it.each(SSRF_URLS)('%j is refused', async (url) => {
    expect(await refusalOf(assertPublicUrl(url, deployed))).toBe('ADDRESS_NOT_ALLOWED');
  });

  it.each([
    ['http://example.com/', 'http://example.com/'],
    ['HTTPS://Example.COM:8443/a?b#c', 'https://example.com:8443/a?b#c'],
    ['http://8.8.8.8:8080', 'http://8.8.8.8:8080/'],
    ['https://[2a00:1450:4001::1]/x', 'https://[2a00:1450:4001::1]/x'],
    [
      'http://example.com/list?next=http://127.0.0.1/&mail=a@b.c',
      'http://example.com/list?next=http://127.0.0.1/&mail=a@b.c',
    ],
    ['http://bücher.example/', 'http://xn--bcher-kva.example/'],
    ['http://example.com?x=user@host', 'http://example.com/?x=user@host'],
  ])('%s is accepted', async (written, normal) => {
    expect((await assertPublicUrl(written, deployed)).href).toBe(normal);
    expect((await assertPublicUrl(new URL(written), deployed)).href).toBe(normal);
  });

  it('is judged by every address its name resolves to', async () => {
    const resolving = (addresses: string[]) => ({ ...deployed, resolve: async () => addresses });
    expect((await assertPublicUrl('http://example.com/', resolving(['8.8.8.8', '2a00:1450:4001::1']))).hostname).toBe(
      'example.com',
    );
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['8.8.8.8', '::1'], ['not an address'], []]) {
      expect(await refusalOf(assertPublicUrl('http://example.com/', resolving(addresses)))).toBe('ADDRESS_NOT_ALLOWED');
    }
  });

  it('whose name can not be resolved is refused', async () => {
    const resolve = () => Promise.reject(new Error('no answer'));
    expect(await refusalOf(assertPublicUrl('http://example.com/', { ...deployed, resolve }))).toBe(
      'ADDRESS_NOT_ALLOWED',
    );
  });

  it('whose name can not be resolved passes where a later look decides, but never one that is private', async () => {
    const later = { ...deployed, isUnresolvedAccepted: true };
    for (const resolve of [() => Promise.reject(new Error('no answer')), async () => []]) {
      expect((await assertPublicUrl('http://example.com/', { ...later, resolve })).hostname).toBe('example.com');
    }
    const resolve = async () => ['10.0.0.1'];
    expect(await refusalOf(assertPublicUrl('http://example.com/', { ...later, resolve }))).toBe('ADDRESS_NOT_ALLOWED');
    expect(await refusalOf(assertPublicUrl('http://intranet/', later))).toBe('ADDRESS_NOT_ALLOWED');
  });

  it('may lead to a private network only where those are allowed, and still not by other schemes or with a user', async () => {
    for (const url of ['http://localhost:8787/judge', 'http://127.0.0.1/', 'http://[::1]/', 'http://intranet/']) {
      expect((await assertPublicUrl(url, local)).href).toContain(url);
    }
    for (const url of ['ftp://localhost/', 'http://a:b@localhost/', 'http:\\\\localhost\\', 'http://%6cocalhost/']) {
      expect(await refusalOf(assertPublicUrl(url, local))).toBe('ADDRESS_NOT_ALLOWED');
    }
  });

  it('may be no longer than clients agree on', async () => {
    const url = `http://example.com/${'a'.repeat(MAX_URL_LENGTH)}`;
    expect(await refusalOf(assertPublicUrl(url, deployed))).toBe('ADDRESS_NOT_ALLOWED');
  });
});
