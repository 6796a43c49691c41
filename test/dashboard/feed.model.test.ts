import { describe, expect, it } from 'vitest';
import {
  addMessage,
  describeMessage,
  type FeedMessage,
  SHOWN_MESSAGES,
  toneOfMessage,
} from '../../src/dashboard/live/feed.model.ts';
import { historyLines, sumUp } from '../../src/dashboard/views/overview/history-lines.model.ts';

const message = (second: number, type = 'checks', data: FeedMessage['data'] = {}): FeedMessage => ({
  type,
  timestamp: new Date(second * 1_000).toISOString(),
  data,
});

describe('the ticker', () => {
  it('has the newest first, each once, from whichever feed they come, and not too many', () => {
    const told = [message(3), message(1), message(2, 'event'), message(3), message(4, 'stats_update')];
    const shown = told.reduce<readonly FeedMessage[]>(addMessage, []);
    expect(shown.map(({ timestamp, type }) => `${Date.parse(timestamp) / 1_000} ${type}`)).toEqual([
      '3 checks',
      '2 event',
      '1 checks',
    ]);
    const many = Array.from({ length: 2 * SHOWN_MESSAGES }, (_message, second) => message(second));
    const kept = many.reduce<readonly FeedMessage[]>(addMessage, []);
    expect([kept.length, kept[0]]).toEqual([SHOWN_MESSAGES, many.at(-1)]);
  });

  it.each([
    [message(0, 'checks', { passed: 3, failed: 1, inconclusive: 0 }), '4 checks: 3 passed, 1 failed', 'idle'],
    [
      message(0, 'proxy_status', { id: 'x', ip: '1.2.3.4', port: 80, protocol: 'http', status: 'dead' }),
      'http://1.2.3.4:80 is dead now',
      'bad',
    ],
    [message(0, 'lease_acquired', { lease_id: 'x' }), 'Lease acquired', 'accent'],
    [message(0, 'session_start', { session_id: 'a' }), 'Session a began', 'accent'],
    [message(0, 'session_end', { session_id: 'a', success: false }), 'Session a ended, failed', 'bad'],
    [message(0, 'event', { session_id: 'a', event_type: 'custom' }), 'Session a: custom', 'accent'],
    [message(0, 'pool_low', { pool: 'default', leasable: 3 }), 'Pool low: default', 'bad'],
    [message(0, 'process_status', { process: 'scraper', status: 'stopped' }), 'Process scraper is stopped', 'accent'],
  ] as const)('says %o in words', (told, words, tone) => {
    expect([describeMessage(told), toneOfMessage(told)]).toEqual([words, tone]);
  });
});

describe('the history of checks', () => {
  const bucket = (minute: number, passed: number, failed: number) => ({
    started_at: new Date(minute * 60_000).toISOString(),
    passed,
    failed,
    inconclusive: 0,
    checks_per_second: (passed + failed) / 60,
    success_rate: passed + failed === 0 ? null : passed / (passed + failed),
  });
  const history = { interval: 'minute' as const, buckets: [bucket(0, 3, 1), bucket(1, 0, 0)] };

  it('is drawn as a rate and a share, which has a gap where nothing was checked', () => {
    const { timesS, rate, success } = historyLines(history);
    expect([timesS, rate[0]?.values, success[0]?.values]).toEqual([
      [0, 60],
      [4 / 60, 0],
      [75, null],
    ]);
  });

  it('is summed up', () => {
    expect(sumUp(history)).toEqual({ checks: 4, success: 0.75 });
    expect(sumUp({ ...history, buckets: [] })).toEqual({ checks: 0, success: null });
  });
});
