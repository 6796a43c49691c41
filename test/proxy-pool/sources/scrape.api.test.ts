import { describe, expect, it } from 'vitest';

import { createSource, listUrl, scrape } from './support.ts';

describe('scraping a source now', () => {
  it('stores what the list holds, and finds nothing new the second time', async () => {
    const source = await createSource({ url: listUrl('/lines.txt?count=25&first=100000') });
    const first = await scrape(source.id);
    expect([first.status, first.body]).toMatchObject([
      200,
      {
        source_id: source.id,
        proxies_discovered: 25,
        proxies_new: 25,
        proxies_updated: 0,
        skipped: 0,
        truncated: false,
      },
    ]);
    const second = await scrape(source.id);
    expect(second.body).toMatchObject({ proxies_discovered: 25, proxies_new: 0, proxies_updated: 25 });
  });
});
