import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import CRC32 from 'crc-32';
import { afterAll, describe, expect, test } from 'vitest';
import { labProxies } from '../../dev/lab/catalogue.ts';
import { localVars } from '../../dev/local-vars.ts';
import { createAdminKey, keyChecksum } from '../../dev/secrets.ts';
import { ensureDevVars } from '../../dev/start/dev-vars.ts';
import { parseStartOptions } from '../../dev/start/options.ts';
import { claimPort } from '../../dev/start/ports.ts';
import { claimState } from '../../dev/start/state-lock.ts';
import { shownLine } from '../../dev/start/worker.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchyard-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the command line of npm start', () => {
  test('without options it is the lab on port 8787', () => {
    expect(parseStartOptions([])).toMatchObject({ port: 8787, lab: true, sources: 'lab', vars: {} });
  });

  test('public sources come without the lab unless it is asked for', () => {
    expect(parseStartOptions(['--sources', 'public']).lab).toBe(false);
    expect(parseStartOptions(['--sources', 'public', '--lab']).lab).toBe(true);
    expect(parseStartOptions(['--no-lab']).lab).toBe(false);
  });

  test('a variable may hold colons', () => {
    const { vars } = parseStartOptions(['--var', 'JUDGE_URL:http://a.test/judge', '--var', 'RATE_LIMITS:off']);
    expect(vars).toEqual({ JUDGE_URL: 'http://a.test/judge', RATE_LIMITS: 'off' });
  });

  test.each([
    [['--prot', '1'], /Unknown option '--prot'/],
    [['--port', 'abc'], /--port wants a port/],
    [['--port', '70000'], /--port wants a port/],
    [['--port='], /--port wants a port/],
    [['--port', '1e3'], /--port wants a port/],
    [['--lab-port', '65530'], /--lab-port wants a port from 0 to 65479/],
    [['--sources', 'other'], /lab or public/],
    [['--var', 'lower:x'], /NAME:VALUE/],
    [['--var', 'NAME'], /NAME:VALUE/],
    [['--var', 'RATE_LIMIT:off'], /--var RATE_LIMIT: there is no such variable; there are .*RATE_LIMITS/],
    [['--var', 'RATE_LIMITS:no'], /--var RATE_LIMITS: .*"on"\|"off"/],
    [['--var', 'JUDGE_URL:https://a.test'], /--var JUDGE_URL: must be empty or an http:\/\/ URL/],
    [['stray'], /Unexpected argument 'stray'/],
  ])('%j is refused with its reason', (args, message) => {
    expect(() => parseStartOptions(args)).toThrow(message);
  });
});

describe('the secrets of a local run', () => {
  test('a key ends in the checksum of what precedes it', () => {
    const key = createAdminKey();
    expect(key).toMatch(/^pp_[0-9A-Za-z]{48}$/);
    expect(key.slice(45)).toBe(keyChecksum(key.slice(0, 45)));
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const value = Array.from(key.slice(45)).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(value).toBe(CRC32.str(key.slice(0, 45)) >>> 0);
  });

  test('are made once, for their owner alone', () => {
    const file = join(directory, 'fresh');
    expect(ensureDevVars(file).added).toEqual(['ADMIN_API_KEY', 'ENCRYPTION_KEY', 'JUDGE_SECRET']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const first = readFileSync(file, 'utf8');
    expect(ensureDevVars(file).added).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(first);
    const encryptionKey = /^ENCRYPTION_KEY=k1:(.+)$/m.exec(first)?.[1] ?? '';
    expect(Buffer.from(encryptionKey, 'base64')).toHaveLength(32);
  });

  test('that somebody set stay as they are', () => {
    const file = join(directory, 'partial');
    writeFileSync(file, '# mine\nJUDGE_SECRET="my own"\nOTHER=1');
    const { values, added } = ensureDevVars(file);
    expect(added).toEqual(['ADMIN_API_KEY', 'ENCRYPTION_KEY']);
    expect(readFileSync(file, 'utf8')).toMatch(/^# mine\nJUDGE_SECRET="my own"\nOTHER=1\nADMIN_API_KEY=pp_/);
    expect(values.get('JUDGE_SECRET')).toBe('my own');
  });
});

test('a taken port is refused and named', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  await expect(claimPort(port)).rejects.toThrow(`Port ${port} is taken`);
  server.close();
});

describe('the state directory', () => {
  test('belongs to one run at a time, and to the next one after it', () => {
    const state = join(directory, 'new', 'state');
    const release = claimState(state);
    expect(() => claimState(state)).toThrow(`Another npm start uses the state in ${state}`);
    release();
    claimState(state)();
  });

  test('that is a file is refused with its reason', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(() => claimState(join(file, 'state'))).toThrow(/can't hold the state: .*ENOTDIR/);
  });
});

describe('the variables of a local run', () => {
  const [proxy] = labProxies;
  if (!proxy) throw new Error('The lab is empty.');

  test('let the lab be reached and asked for the judge', () => {
    const vars = localVars({ port: 9000, proxies: [proxy], hasPublicSources: false });
    expect(vars).toMatchObject({ ALLOW_PRIVATE_NETWORKS: 'true', JUDGE_URL: 'http://127.0.0.1:9000/judge' });
    expect(JSON.parse(String(vars.LAB_GEO))).toEqual({ [proxy.address]: { country: proxy.country, asn: proxy.asn } });
  });

  test('keep public proxies from this machine: neither its networks nor its judge', () => {
    expect(localVars({ port: 9000, proxies: [], hasPublicSources: true })).toMatchObject({
      ALLOW_PRIVATE_NETWORKS: 'false',
      JUDGE_URL: '',
    });
  });
});

test.each([
  ['{"level":"info","message":"request"}', null],
  ['{"level":"warn","message":"slow"}', '{"level":"warn","message":"slow"}'],
  ['\u001b[31m✘ \u001b[41m[ERROR]\u001b[0m {"level":"error","message":"x"}', '{"level":"error","message":"x"}'],
  ['✘ [ERROR] Build failed with 1 error:', '✘ [ERROR] Build failed with 1 error:'],
  ['Error: getaddrinfo ENOTFOUND workers.cloudflare.com', null],
  ['[wrangler:info] GET /health 200 OK (3ms)', null],
])('of the output %j is shown %j', (line, shown) => {
  expect(shownLine(line)).toBe(shown);
});
