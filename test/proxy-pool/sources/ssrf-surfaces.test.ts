import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILTIN_ADMIN_ID } from '../../../src/accounts/authentication.service.ts';
import { AppError } from '../../../src/platform/errors/app-error.ts';
import type { SourceFetch } from '../../../src/proxy-pool/sources/source-fetch.ts';
import { NON_PUBLIC_LITERALS, SSRF_URLS } from '../../support/ssrf-spellings.ts';
import { isolatedSources } from './isolated.ts';
import { createSource, proxiesOf, unique } from './support.ts';

const caller = { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' } as const;
const policy = { allowPrivateNetworks: false };
const PUBLIC_HOST = 'lists.example';
const PUBLIC_HOSTS = [PUBLIC_HOST, 'example.com', '8.8.8.8'];

/** What a surface asked for, and what it answers with when it asks at all. */
const asked: string[] = [];
let respond: () => Response;
const fetch: SourceFetch = async (url) => {
  asked.push(url);
  return respond();
};
const { sources, scrapes } = isolatedSources({ policy, fetch });
let sourceId: string;

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

beforeAll(async () => {
  ({ id: sourceId } = await createSource({ url: `http://${PUBLIC_HOST}/${unique()}.txt` }));
});

describe('an address that is not public, in any spelling, connects to nothing as', () => {
  it('the URL of a new source, of a changed one, and of a preview', async () => {
    expect(SSRF_URLS.length).toBeGreaterThanOrEqual(60);
    respond = () => new Response('9.9.9.9:80\n');
    for (const url of SSRF_URLS) {
      asked.length = 0;
      const codes = [
        await codeOf(
          sources.create(
            { url, default_protocol: 'http', is_active: true, pool: 'default', parser_name: 'plaintext' },
            caller,
            null,
          ),
        ),
        await codeOf(sources.change(sourceId, { url }, caller)),
        await codeOf(scrapes.preview({ url, default_protocol: 'http', parser_name: 'plaintext' })),
      ];
      expect([url, ...codes]).toEqual([url, ...codes.map(() => 'ADDRESS_NOT_ALLOWED')]);
      expect([url, asked]).toEqual([url, []]);
    }
  });

  it('the URL in the row of a source, however it came there', async () => {
    for (const url of SSRF_URLS) {
      asked.length = 0;
      const id = crypto.randomUUID();
      await env.DB.prepare(
        `INSERT INTO sources (id, url, parser_name, default_protocol, created_at, updated_at)
        VALUES (?1, ?2, 'plaintext', 'http', 0, 0)`,
      )
        .bind(id, url)
        .run();
      // A scrape that fails for want of a URL at all is as good as one that is refused.
      expect([url, await codeOf(scrapes.scrapeNow(id))]).not.toEqual([url, 'accepted']);
      expect([url, asked]).toEqual([url, []]);
      await env.DB.prepare('DELETE FROM sources WHERE id = ?').bind(id).run();
    }
  });

  it('the target of a redirect, from the first hop or a later one', async () => {
    for (const url of SSRF_URLS.filter((spelling) => /^[\x20-\x7e]*$/.test(spelling))) {
      // At the first hop and at the third, in turn.
      const hops = url.length % 2 ? 0 : 2;
      asked.length = 0;
      respond = () => {
        const location = asked.length <= hops ? `http://${PUBLIC_HOST}/hop-${asked.length}` : url;
        return new Response('9.9.9.9:80\n', { status: 302, headers: { location } });
      };
      await codeOf(scrapes.scrapeNow(sourceId));
      expect([url, asked.length > hops]).toEqual([url, true]);
      // What is no URL of its own leads back to the host that sent it; some spellings lead to a public address after all.
      const hosts = asked.map((one) => new URL(one).hostname);
      expect([url, hosts.filter((host) => !PUBLIC_HOSTS.includes(host))]).toEqual([url, []]);
    }
  }, 120_000);

  it('an entry of a list, which is skipped, or kept without ever being due', async () => {
    const { id } = await createSource({ url: `http://${PUBLIC_HOST}/${unique()}.txt` });
    const entries = NON_PUBLIC_LITERALS.map((ip) => (ip.includes(':') ? `[${ip}]:8080` : `${ip}:8080`));
    respond = () => new Response(`${entries.join('\n')}\n9.9.9.10:8080\n`);
    await scrapes.scrapeNow(id);
    const due = (await proxiesOf(id)).filter(({ next_check_at: dueAtMs }) => dueAtMs !== null);
    expect(due.map(({ ip }) => ip)).toEqual(['9.9.9.10']);
  });
});
