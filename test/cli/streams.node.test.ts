import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogLine, LogList, ProxiedRequest, ProxiedRequestList } from '../../src/cli/api/api.types.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { testBindings } from '../support/bindings.ts';
import { ENTRY, environmentOf, runCommand, startCommand } from '../support/command-line.ts';
import { type KillableWorker, startKillableWorker } from '../support/killable-worker.ts';

const START_LIMIT_MS = 240_000;
const KILL_LIMIT_MS = 240_000;
const KEY = testBindings.ADMIN_API_KEY;
const hasTerminal = existsSync('/usr/bin/script');

let world: KillableWorker;
const where = () => ({ url: world.url, key: KEY });

async function ask<Body>(method: string, path: string, json?: object): Promise<Body> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const response = await fetch(world.url + path, {
    method,
    headers,
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  expect(response.status).toBeLessThan(300);
  return response.json() as Promise<Body>;
}

const allLines = async () => (await ask<LogList>('GET', '/api/v1/logs?lines=10000')).logs;
const documents = <Item>(out: string): Item[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  world = await startKillableWorker();
  // Each job has run and said so.
  await world.tick();
}, START_LIMIT_MS);

afterAll(async () => {
  await world.remove();
});

describe('logs', () => {
  test('are shown by process, by text and by pattern', async () => {
    const plain = await runCommand(['logs', '--lines', '5'], where());
    expect(plain.code).toBe(0);
    expect(plain.out).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z [a-z-]+ +\S/m);
    const lines = await allLines();
    const found = await runCommand(['logs', '--process', 'scraper,retention', '--json'], where());
    const list: LogList = JSON.parse(found.out);
    expect(list.logs).toEqual(lines.filter(({ process: name }) => ['scraper', 'retention'].includes(name)));
    const pattern = await runCommand(['logs', '--grep', '^[a-z ]+: ', '--regex', '--json'], where());
    expect(JSON.parse(pattern.out).logs).toEqual(lines.filter(({ line }) => /^[a-z ]+: /.test(line)));
    const bad = await runCommand(['logs', '--grep', '(', '--regex'], where());
    expect(bad).toMatchObject({ code: exitCodes.USAGE.code, err: expect.stringContaining('INVALID_PATTERN') });
    expect((await runCommand(['logs', '--process', 'nobody'], where())).code).toBe(exitCodes.NOT_FOUND.code);
  });

  test(
    'are followed through a kill of the server, each line once and in order',
    async () => {
      const command = startCommand(['logs', '-f', '--json', '--lines', '10000'], where());
      await command.see('"line"');
      await world.tick();
      await world.kill();
      await command.see('again in');
      await world.restart();
      await world.tick();
      const lines = await allLines();
      const last = lines.at(-1)?.timestamp ?? '';
      await command.see(last);
      command.child.kill('SIGINT');
      expect(await command.ended).toBe(0);
      const shown = documents<LogLine>(command.out()).map((line) => JSON.stringify(line));
      expect(new Set(shown).size).toBe(shown.length);
      const kept = new Set(lines.map((line) => JSON.stringify(line)));
      expect(shown.filter((line) => kept.has(line))).toEqual([...kept]);
    },
    KILL_LIMIT_MS,
  );

  test('end with their reader, and with SIGTERM', async () => {
    const pipeline = `"${process.execPath}" "${ENTRY}" logs -f | head -n 1`;
    const piped = promisify(execFile)('sh', ['-c', pipeline], { env: environmentOf(where()) });
    // What is followed has to say something before it can find out that nobody listens.
    while (await Promise.race([piped.then(() => false), world.tick().then(() => true)]));
    const { stdout, stderr } = await piped;
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
    const command = startCommand(['logs', '-f', '-n', '1'], where());
    await command.see(/\n/);
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  test('a stream that can not begin is an error, not a wait', async () => {
    const { code, err } = await runCommand(['logs', '-f'], { url: world.url, key: `pp_${'x'.repeat(48)}` });
    expect(code).toBe(exitCodes.NOT_ALLOWED.code);
    expect(err).toMatch(/^switchyard: UNAUTHORIZED: [^\n]+\n$/);
  });

  test.skipIf(process.platform !== 'linux')('a key on the command line is no longer there once it runs', async () => {
    const command = startCommand(['logs', '-f', '-n', '1', '--key', KEY], { url: world.url });
    await command.see(/\n/);
    expect(readFileSync(`/proc/${command.child.pid}/cmdline`, 'latin1')).not.toContain(KEY);
    command.child.kill('SIGINT');
    expect(await command.ended).toBe(0);
  });
});

describe('proxied requests', () => {
  /** A gateway proxy; who calls it with a wrong credential is refused, and that is logged. */
  async function createGatewayProxy(): Promise<string> {
    const { client_id: client } = await ask<{ client_id: string }>('GET', '/account');
    const part = async (kind: string, fields: object): Promise<string> => {
      const answer = await ask<Record<string, { sKey: string }[]>>('POST', `/api/clients/${client}/${kind}`, fields);
      return answer[kind]?.[0]?.sKey ?? '';
    };
    const region = 'us-east-1';
    const credential = (credentialType: string, token: string) => ({
      credentialName: credentialType,
      credentialRegion: region,
      credentialType,
      credentialAuthType: 'bearer',
      credentialSecret: { token },
    });
    const caller = await part('credentials', credential('proxy', 'callers-token'));
    const vault = await part('credentials', credential('target', 'targets-token'));
    const target = await part('targets', { targetName: 't', targetRegion: region, targetBaseURL: world.url });
    return part('proxies', {
      proxyName: 'mine',
      proxyRegion: region,
      proxyTargetId: target,
      proxyProxyCredentialId: caller,
      proxyTargetCredentialId: vault,
    });
  }

  test('are listed newest first, and followed with what is there already, each once', async () => {
    const proxy = await createGatewayProxy();
    const call = (path: string) =>
      fetch(`${world.url}/api/${proxy}${path}`, { headers: { authorization: 'Bearer no' } });
    await call('/first');
    await call('/second?q=\u001b%1b[31m');
    const command = startCommand(['requests', '-f', '--json'], where());
    await command.see('/second');
    await call('/third');
    await command.see('/third');
    command.child.kill('SIGINT');
    expect(await command.ended).toBe(0);
    const followed = documents<ProxiedRequest>(command.out());
    const listed: ProxiedRequestList = JSON.parse((await runCommand(['requests', '--json'], where())).out);
    expect(followed).toEqual(listed.requests.reverse());
    expect(followed.map(({ url }) => url.slice(0, 6))).toEqual(['/first', '/secon', '/third']);
    const table = await runCommand(['requests', '--min-status', '400', '--limit', '1'], where());
    expect(table.out).toMatch(/401 +GET .*\/third/);
    expect(table.err).toBe('1 of 3 requests\n');
    expect((await runCommand(['requests', '--max-status', '399'], where())).err).toBe('0 of 0 requests\n');
  });
});

describe('top', () => {
  test('is a frame where no terminal is, and documents where they are asked for', async () => {
    const { code, out } = await runCommand(['top', '--interval', '1'], where());
    expect(code).toBe(0);
    expect(out).toMatch(/Pool +\d+ proxies: \d+ active/);
    expect(out).toMatch(/Processes +6 of 6 running/);
    const frames = documents<{ checks_per_second: number | null; pool: object }>(
      (await runCommand(['top', '--json', '--interval', '1', '--count', '2'], where())).out,
    );
    expect(frames).toHaveLength(2);
    expect(frames[1]?.pool).toHaveProperty('by_status');
    // Nobody checks anything here, and by the second frame that has been heard.
    expect(frames[1]?.checks_per_second).toBe(0);
  });

  test.skipIf(!hasTerminal)('draws over itself on a terminal, fits it, and leaves it as it was', async () => {
    const command = `stty cols 60 rows 12; "${process.execPath}" "${ENTRY}" top --interval 1 --count 3; echo "ended $?"`;
    const env = environmentOf({ ...where(), env: { TERM: 'xterm' } });
    const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], { env });
    const [drawn = '', after = ''] = stdout.split('\x1b[?1049l');
    expect(drawn.startsWith('\x1b[?1049h')).toBe(true);
    expect(after).toContain('ended 0');
    const frames = drawn.split('\x1b[H').slice(1);
    expect(frames).toHaveLength(3);
    for (const frame of frames) expect(stripVTControlCharacters(frame).split('\r\n').length).toBeLessThanOrEqual(12);
  });
});
