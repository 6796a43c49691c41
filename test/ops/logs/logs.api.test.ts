import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProcessLog } from '../../../src/ops/logs/log-book.client.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Logger } from '../../../src/platform/log/logger.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';

type Logs = {
  logs: { timestamp: string; process: string; stream: string; line: string; level: string }[];
  filtered_count: number;
  total_count: number;
};

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const log = createProcessLog(env.LOG_BOOK, systemClock, silent);
const list = (query: string, key = adminKey) => call<Logs>('GET', `/api/v1/logs?${query}`, { key });
const linesOf = ({ logs }: Logs) => logs.map(({ line }) => line);
const HOSTILE = '<script>alert(1)</script> \u001b[31mred\u001b[0m\r\ndata: forged\n\nevent: forged\u2028 =1+1';

commonRouteTests({ method: 'GET', path: '/api/v1/logs', scope: 'read' });
commonRouteTests({ method: 'GET', path: '/api/v1/logs/stream', scope: 'read' });
commonRouteTests({ method: 'GET', path: '/api/v1/proxy/requests/stream', scope: 'read' });

beforeAll(async () => {
  for (let index = 1; index <= 150; index += 1) {
    await log.append(index % 3 === 0 ? 'validator' : 'scraper', index % 10 === 0 ? 'warn' : 'info', `line ${index}`);
  }
  await log.append('notifier', 'error', 'ünï: 3 failed');
  await log.append('notifier', 'info', HOSTILE);
});

describe('the logs', () => {
  it('are the newest 100 lines of all processes, oldest first, in the reference’s fields', async () => {
    const { key } = await createAccount();
    const { status, body } = await list('', key);
    expect([status, body.filtered_count, body.total_count]).toEqual([200, 100, 152]);
    expect(linesOf(body).slice(0, 2)).toEqual(['line 53', 'line 54']);
    expect(body.logs.at(-2)).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      process: 'notifier',
      stream: 'stderr',
      line: 'ünï: 3 failed',
      level: 'error',
    });
    expect(body.logs[0]?.stream).toBe('stdout');
  });

  it.each([
    ['process=notifier', ['ünï: 3 failed', HOSTILE], 2],
    ['process=validator,notifier&lines=3', ['line 150', 'ünï: 3 failed', HOSTILE], 52],
    ['pattern=line%201&lines=2', ['line 149', 'line 150'], 62],
    ['pattern=LINE', [], 0],
    ['pattern=line%2014.', [], 0],
    ['pattern=line%2014.&regex=true&lines=3', ['line 147', 'line 148', 'line 149'], 10],
    ['pattern=(?i)LINE%207%24&regex=true', ['line 7'], 1],
    ['pattern=(%3FP%3Cn%3E%5Ed)%7Cfailed&regex=true', ['ünï: 3 failed'], 1],
    ['pattern=&regex=true&lines=1', [HOSTILE], 152],
    ['lines=1000&process=scraper&pattern=line%202&regex=false', undefined, 8],
  ])('%s', async (query, lines, total) => {
    const { body } = await list(query);
    if (lines) expect(linesOf(body)).toEqual(lines);
    expect([body.filtered_count, body.total_count]).toEqual([body.logs.length, total]);
  });

  it('by bytes are the newest that fit, counted in UTF-8; whichever limit comes first holds', async () => {
    const notifier = linesOf((await list('process=notifier&bytes=10000')).body);
    expect(notifier).toHaveLength(2);
    const newest = new TextEncoder().encode(HOSTILE).length;
    const both = newest + new TextEncoder().encode('ünï: 3 failed').length;
    expect(linesOf((await list(`process=notifier&bytes=${both}`)).body)).toHaveLength(2);
    expect(linesOf((await list(`process=notifier&bytes=${both - 1}`)).body)).toEqual([HOSTILE]);
    expect(linesOf((await list(`process=notifier&bytes=${newest - 1}`)).body)).toEqual([]);
    expect(linesOf((await list(`process=notifier&bytes=${both}&lines=1`)).body)).toEqual([HOSTILE]);
  });

  it.each([
    ['lines=0', 422, 'VALIDATION_ERROR'],
    ['lines=10001', 422, 'VALIDATION_ERROR'],
    ['bytes=0', 422, 'VALIDATION_ERROR'],
    ['bytes=-1', 422, 'VALIDATION_ERROR'],
    ['regex=maybe', 422, 'VALIDATION_ERROR'],
    ['process=nobody', 404, 'PROCESS_NOT_FOUND'],
    ['process=scraper,nobody', 404, 'PROCESS_NOT_FOUND'],
    ['pattern=(&regex=true', 400, 'INVALID_PATTERN'],
    ['pattern=(?=a)b&regex=true', 400, 'INVALID_PATTERN'],
    [`pattern=${'a'.repeat(257)}&regex=true`, 400, 'INVALID_PATTERN'],
    ['pattern=(a%3F)%7B500%7Da%7B500%7D&regex=true', 400, 'INVALID_PATTERN'],
  ])('%s is refused, in the stream too', async (query, status, code) => {
    const listed = await list(query);
    expect([listed.status, errorCode(listed)]).toEqual([status, code]);
    if (/lines|bytes/.test(query)) return;
    const streamed = await call('GET', `/api/v1/logs/stream?${query}`, { key: adminKey });
    expect([streamed.status, errorCode(streamed)]).toEqual([status, code]);
  });
});
