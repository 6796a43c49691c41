import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openServer } from '../../dev/lab/tcp-server.ts';
import { type HealthWait, waitForHealth } from '../../dev/start/health.ts';
import { startGroup } from '../../dev/start/process-group.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchyard-test-'));
const ends: (() => Promise<void> | void)[] = [];
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server whose `/health` gives these answers one after the other, and the last one for ever. */
async function serveHealth(...answers: { status: number; body?: string }[]): Promise<string> {
  const server = createServer((_request, reply) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    reply.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' }).end(answer?.body);
  });
  const open = await openServer(server, { address: '127.0.0.1', port: 0 });
  ends.push(() => open.close());
  return `http://127.0.0.1:${open.port}`;
}

const quiet: HealthWait = { isEnding: () => false, lastLines: () => [], say: () => {} };

describe('the wait for the Worker', () => {
  test('says that it goes on, and ends when the Worker is well', async () => {
    const said: string[] = [];
    const url = await serveHealth({ status: 503 }, { status: 503 }, { status: 200 });
    await waitForHealth(url, { ...quiet, say: (text) => said.push(text), sayEveryMs: 20 });
    expect(said[0]).toMatch(/^ {2}still starting, \d+ s …$/);
    const count = said.length;
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    expect(said).toHaveLength(count);
  });

  test('is over at once for a Worker that refuses to serve', async () => {
    const url = await serveHealth({ status: 503, body: '{"error":{"code":"MISCONFIGURED"}}' });
    await expect(waitForHealth(url, quiet)).rejects.toThrow('refuses to serve');
  });

  test('is over at once for a source that does not build, and says where', async () => {
    const lastLines = () => ['Loading …', '✘ [ERROR] Build failed with 1 error:', 'src/app.ts:1:2'];
    // Wrangler's own server takes the request and answers none while there is no bundle.
    const open = await openServer(createServer(), { address: '127.0.0.1', port: 0 });
    ends.push(() => open.close());
    const waiting = waitForHealth(`http://127.0.0.1:${open.port}`, { ...quiet, lastLines });
    await expect(waiting).rejects.toThrow(/can't be built:\n✘.*\nsrc\/app\.ts:1:2/);
  });

  test('ends some time, with the last answer and the last lines', async () => {
    const url = await serveHealth({ status: 503, body: 'not yet' });
    const waiting = waitForHealth(url, { ...quiet, lastLines: () => ['Loading …'], waitMs: 100 });
    await expect(waiting).rejects.toThrow('did not become healthy: 503 not yet\nLoading …');
  });
});

describe('a program that ends by itself', () => {
  function run(name: string, script: string) {
    const file = join(directory, `${name}.mjs`);
    writeFileSync(file, script);
    const group = startGroup(file, [], () => {});
    ends.push(() => group.stop());
    return group;
  }

  test('leaves its last lines without their colours, whatever it wrote before', async () => {
    const group = run(
      'talkative',
      `import { writeSync } from 'node:fs';
      for (let line = 0; line < 20000; line += 1) writeSync(1, 'line ' + line + '\\n');
      writeSync(1, '\\u001b[31mout of luck\\u001b[0m\\n');
      process.exit(3);`,
    );
    expect(await group.ended).toBe(3);
    expect(group.lastLines().slice(-2)).toEqual(['line 19999', 'out of luck']);
  });

  test('is known to have ended while what it started holds its output open', async () => {
    const group = run(
      'parent',
      `import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' }).unref();
      console.error('going');
      process.exit(4);`,
    );
    expect(await group.ended).toBe(4);
    expect(group.lastLines()).toEqual(['going']);
  });
});
