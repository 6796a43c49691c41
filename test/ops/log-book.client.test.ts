import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createProcessLog } from '../../src/ops/logs/log-book.client.ts';
import type { LogFields, Logger, LogLevel } from '../../src/platform/log/logger.ts';
import { away } from '../support/worker-doors.ts';

/** A logger that keeps what it is told. */
function keepingLogger() {
  const lines: { level: LogLevel; message: string; fields: LogFields | undefined }[] = [];
  const keep = (level: LogLevel) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields });
  const logger: Logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  return { logger, lines };
}

it('keeps a line with its process, level and time, and writes it to the log too', async () => {
  const { logger, lines } = keepingLogger();
  const log = createProcessLog(env.LOG_BOOK, { nowMs: () => 42 }, logger);
  await log.append('retention', 'warn', 'nothing to do');
  expect((await log.newest(['retention'], 10)).lines).toEqual([
    { position: 1, process: 'retention', level: 'warn', message: 'nothing to do', atMs: 42 },
  ]);
  expect(lines).toEqual([{ level: 'warn', message: 'nothing to do', fields: { process: 'retention' } }]);
});

it('keeps no key and no password, and cuts what is too long', async () => {
  const { logger, lines } = keepingLogger();
  const log = createProcessLog(env.LOG_BOOK, { nowMs: () => 1 }, logger);
  const key = `pp_${'a1'.repeat(24)}`;
  await log.append('notifier', 'info', `sent with ${key} to http://user:hunter2@host/ ${'x'.repeat(5_000)}`);
  const [line] = (await log.newest(['notifier'], 1)).lines;
  expect(line?.message).toMatch(/^sent with pp_\[redacted\] to http:\/\/\[redacted\]@host\/ x+$/);
  expect(line?.message).toHaveLength(2_000);
  expect(JSON.stringify([line, lines])).not.toMatch(/hunter2|a1a1/);
});

it('hinders nothing when the book can not be reached', async () => {
  const { logger, lines } = keepingLogger();
  await createProcessLog(away(env.LOG_BOOK), { nowMs: () => 1 }, logger).append('scraper', 'info', 'done');
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['info', 'done'],
    ['error', 'process log not written'],
  ]);
});
