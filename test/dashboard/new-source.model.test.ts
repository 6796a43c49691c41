import { describe, expect, it } from 'vitest';
import {
  emptySource,
  headersOf,
  isAddress,
  previewBody,
  sourceBody,
} from '../../src/dashboard/views/sources/new-source.model.ts';

describe('a new source', () => {
  it('is previewed when its address is one, not while it is typed', () => {
    expect(['', 'h', 'http://', 'ftp://a.example/x', 'example.com/list.txt'].map(isAddress)).not.toContain(true);
    expect(['http://a.example', ' https://a.example/list.txt?x=1 '].map(isAddress)).not.toContain(false);
  });

  it('asks only for what was filled in', () => {
    const url = 'http://a.example/list.txt';
    expect(previewBody({ ...emptySource, url: ` ${url} ` })).toEqual({ url, default_protocol: 'http' });
    const full = { url, parser: 'csv', protocol: 'socks5', pool: ' eu ', cron: '*/5 * * * *', headers: 'x-a: b' };
    expect(sourceBody(full)).toEqual({
      url,
      parser_name: 'csv',
      default_protocol: 'socks5',
      pool: 'eu',
      cron_schedule: '*/5 * * * *',
      headers: { 'x-a': 'b' },
    });
  });

  it('reads headers a line each, values with colons whole', () => {
    expect(headersOf(' \n ')).toBeNull();
    expect(headersOf('Authorization: Bearer a:b\n\nx-empty')).toEqual({ Authorization: 'Bearer a:b', 'x-empty': '' });
  });
});
