import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labProxies } from '../../dev/lab/catalogue.ts';
import { type Lab, startLab } from '../../dev/lab/lab.ts';
import { labGeo } from '../../dev/local-vars.ts';
import { projectRoot } from '../../dev/project.ts';
import { claimPort } from '../../dev/start/ports.ts';
import type { AcquiredLease, Lease, Page, ProcessList, ProxyView } from '../../src/cli/api/api.types.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ENTRY, environmentOf, runCommand, type Where } from '../support/command-line.ts';
import { type Account, registerAccount, scrapeLabs } from '../support/lab-pool.ts';
import { manyProxiesStatement } from '../support/many-proxies.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const START_LIMIT_MS = 240_000;
/** More than two pages of the API. */
const STORED_PROXIES = 450;

/** What a terminal obeys; line breaks are between our own lines. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u;

let lab: Lab;
let worker: WorkerProcess;
let viewer: Account;
let operator: Account;

const as = ({ key }: { key: string }): Where => ({ url: worker.baseUrl, key });
const exit = (name: keyof typeof exitCodes) => exitCodes[name].code;

beforeAll(async () => {
  lab = await startLab({ basePort: 0, sourceListPort: 0, proxies: labProxies.slice(0, 3) });
  worker = await startWorkerProcess({ LAB_GEO: labGeo(lab.proxies) });
  await worker.database.prepare("INSERT INTO pools (number, name, created_at) VALUES (50, 'stored', 0)").run();
  const lot = { count: STORED_PROXIES, poolNumber: 50, addressBlock: 7, firstRevision: 1 };
  await worker.database.prepare(manyProxiesStatement(lot)).run();
  await scrapeLabs(worker, [lab], 3);
  viewer = await registerAccount(worker, 'Viewer');
  operator = await registerAccount(worker, 'Operator', 'operator');
}, START_LIMIT_MS);

afterAll(async () => {
  await worker.stop();
  await lab.close();
});

describe('looking at it', () => {
  test('status says how the service is, and with a key what is in it', async () => {
    const anonymous = await runCommand(['status'], { url: worker.baseUrl });
    expect(anonymous).toMatchObject({ code: 0, out: expect.stringContaining('healthy') });
    expect(anonymous.err).toContain('SWITCHYARD_KEY');
    const known = await runCommand(['status'], as(viewer));
    expect(known.out).toMatch(/Pool +\d+ active of 453 proxies/);
    expect(known.out).toMatch(/Credits +100/);
    const { health, account, credits } = JSON.parse((await runCommand(['status', '--json'], as(viewer))).out);
    expect(health.status).toBe('healthy');
    expect(account.email).toBe(viewer.email);
    expect(credits).toEqual({ balance: 100 });
  });

  test('ps lists the processes, as a table and as the API says it', async () => {
    const table = await runCommand(['ps'], as(viewer));
    expect(table.out.split('\n')[0]).toMatch(/^NAME +STATUS +HEALTH +PID +RESTARTS +UPTIME$/);
    const { processes }: ProcessList = JSON.parse((await runCommand(['--json', 'ps'], as(viewer))).out);
    for (const { name } of processes) expect(table.out).toContain(name);
    expect(processes).toHaveLength(6);
  });

  test('an operator stops, starts and restarts a process; a viewer does not', async () => {
    expect((await runCommand(['stop', 'retention'], as(viewer))).code).toBe(exit('NOT_ALLOWED'));
    expect(await runCommand(['stop', 'retention'], as(operator))).toMatchObject({
      code: 0,
      out: 'retention has stopped (pid 1).\n',
    });
    const again = await runCommand(['stop', 'retention'], as(operator));
    expect(again).toMatchObject({ code: exit('CONFLICT'), out: '' });
    expect(again.err).toMatch(/^switchyard: PROCESS_NOT_RUNNING: .*\n$/);
    expect((await runCommand(['start', 'retention', '--json'], as(operator))).out).toBe('{"success":true}\n');
    expect((await runCommand(['restart', 'retention'], as(operator))).out).toBe('retention runs anew (pid 3).\n');
    expect((await runCommand(['start', 'nobody'], as(operator))).code).toBe(exit('NOT_FOUND'));
  });

  test('lists go on over pages, to the limit or to the end, each item once', async () => {
    const all: Page<ProxyView> = JSON.parse((await runCommand(['proxies', '--all', '--json'], as(viewer))).out);
    expect(new Set(all.items.map(({ id }) => id)).size).toBe(STORED_PROXIES + 3);
    expect(all).toMatchObject({ total_count: STORED_PROXIES + 3, next_cursor: null });
    const some: Page<ProxyView> = JSON.parse(
      (await runCommand(['proxies', '--limit', '250', '--json'], as(viewer))).out,
    );
    expect(some.items).toEqual(all.items.slice(0, 250));
    const table = await runCommand(['proxies', '--pool', 'default', '--limit', '2'], as(viewer));
    expect(table.out.trim().split('\n')).toHaveLength(3);
    expect(table.err).toBe('2 of 3 proxies; more by --limit or --all\n');
  });

  test('sources are shown as their reader may see them', async () => {
    const { out } = await runCommand(['sources'], as(operator));
    expect(out).toContain(lab.sourceListUrl);
    expect((await runCommand(['sources', '--active', 'no'], as(operator))).err).toBe('0 sources\n');
  });
});

describe('leasing', () => {
  test('what is acquired costs a credit, is listed, and is given back', async () => {
    const account = await registerAccount(worker, 'Lessee');
    const acquired = await runCommand(['acquire', '--protocol', 'http', '--seconds', '60'], as(account));
    const [url, id = ''] = acquired.out.split('\n');
    expect(lab.proxies.map(({ address, port }) => `http://${address}:${port}`)).toContain(url);
    expect((await runCommand(['credits'], as(account))).out).toBe('99\n');
    const leases = await runCommand(['leases', '--json'], as(account));
    const { items }: { items: Lease[] } = JSON.parse(leases.out);
    expect(items.map(({ lease_id: leaseId }) => leaseId)).toEqual([id]);
    expect(await runCommand(['release', id], as(account))).toMatchObject({ code: 0, out: `${id} released\n` });
    expect((await runCommand(['leases'], as(account))).err).toBe('0 live leases\n');
    const { out } = await runCommand(['credits', '--transactions'], as(account));
    expect(out).toMatch(/^ *-1 +acquire /m);
  });

  test('all that is held is given back at once, and one that is unknown stops none of the others', async () => {
    const account = await registerAccount(worker, 'Holder');
    const lease = async (): Promise<AcquiredLease> =>
      JSON.parse((await runCommand(['acquire', '--json'], as(account))).out);
    const [one, two] = [await lease(), await lease()];
    const mixed = await runCommand(['release', 'unknown', one.lease_id], as(account));
    expect(mixed).toMatchObject({ code: exit('NOT_FOUND'), out: `${one.lease_id} released\n` });
    expect((await runCommand(['release', '--all'], as(account))).out).toBe(`${two.lease_id} released\n`);
    expect((await runCommand(['release'], as(account))).code).toBe(exit('USAGE'));
    expect((await runCommand(['release', '--all', 'x'], as(account))).code).toBe(exit('USAGE'));
  });

  test('each refusal has its own exit code, one line and the next step', async () => {
    const account = await registerAccount(worker, 'Refused');
    const none = await runCommand(['acquire', '--country', 'ZZ'], as(account));
    expect(none).toMatchObject({ code: exit('NOT_FOUND'), out: '' });
    expect(none.err).toMatch(/^switchyard: NO_MATCHING_PROXY: [^\n]+Ask for less[^\n]+\n$/);
    for (let held = 0; held < 3; held += 1) await runCommand(['acquire'], as(account));
    const leased = await runCommand(['acquire'], as(account));
    expect(leased.code).toBe(exit('CONFLICT'));
    expect(leased.err).toContain('--wait');
    await runCommand(['release', '--all'], as(account));
    await worker.call('POST', `/admin/accounts/${account.id}/credits`, {
      amount: -97,
      type: 'adjustment',
      description: 'spent elsewhere',
    });
    const poor = await runCommand(['acquire'], as(account));
    expect(poor.code).toBe(exit('NO_CREDITS'));
    expect(poor.err).toContain('INSUFFICIENT_CREDITS');
  });
});

describe('the key', () => {
  test('is needed, checked, and never repeated', async () => {
    const secret = `pp_${'x'.repeat(48)}`;
    const missing = await runCommand(['ps'], { url: worker.baseUrl });
    expect(missing).toMatchObject({ code: exit('NOT_ALLOWED'), err: expect.stringContaining('SWITCHYARD_KEY') });
    const attempts = [
      await runCommand(['ps'], { url: worker.baseUrl, key: secret }),
      await runCommand(['ps', '--key', secret], { url: worker.baseUrl }),
      await runCommand(['ps'], { url: worker.baseUrl, key: `${secret}\nx-injected: 1` }),
      await runCommand(['ps', '--key', secret, '--url', `http://u:${secret}@127.0.0.1`], {}),
      await runCommand(['ps', '--key', secret, '--nothing'], { url: worker.baseUrl }),
      await runCommand(['ps', '--help'], { url: worker.baseUrl, key: secret }),
    ];
    expect(attempts.map(({ code }) => code)).toEqual([4, 4, 2, 2, 2, 0]);
    for (const { out, err } of attempts) expect(out + err).not.toContain('xxxx');
  });

  test('does not follow a redirect to elsewhere', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = createServer((request, answer) => {
      seen.push(request.headers.authorization);
      answer.end('{"processes":[]}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const there = Object(elsewhere.address()).port;
    const redirecting = createServer((_request, answer) =>
      answer.writeHead(307, { location: `http://127.0.0.1:${there}/` }).end(),
    ).listen(0, '127.0.0.1');
    await once(redirecting, 'listening');
    const here = Object(redirecting.address()).port;
    const { code, err } = await runCommand(['ps'], { url: `http://127.0.0.1:${here}`, key: viewer.key });
    expect(code).toBe(exit('UNREACHABLE'));
    expect(err).toContain('NOT_SWITCHYARD');
    expect(seen).toEqual([]);
    elsewhere.close();
    redirecting.close();
  });
});

describe('a server that is no Switchyard, or means harm', () => {
  async function answering(status: number, type: string, body: string, args: string[]) {
    const server = createServer((_request, answer) => answer.writeHead(status, { 'content-type': type }).end(body));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${Object(server.address()).port}`;
    const result = await runCommand(args, { url, key: viewer.key });
    server.close();
    return result;
  }

  test('is named as what it is', async () => {
    const nobody = await runCommand(['ps'], { url: `http://127.0.0.1:${await claimPort(0)}`, key: viewer.key });
    expect(nobody).toMatchObject({ code: exit('UNREACHABLE'), err: expect.stringContaining('nobody listens there') });
    const html = await answering(200, 'text/html', '<html>hello</html>', ['ps']);
    expect(html).toMatchObject({ code: exit('UNREACHABLE'), err: expect.stringContaining('NOT_SWITCHYARD') });
    const other = await answering(200, 'application/json', '{"hello":"world"}', ['proxies']);
    expect(other).toMatchObject({ code: exit('UNREACHABLE'), err: expect.stringContaining('NOT_SWITCHYARD') });
    expect((await answering(500, 'text/plain', 'oops', ['ps'])).code).toBe(exit('FAILED'));
    expect((await answering(502, 'text/html', '<html>bad gateway</html>', ['ps'])).code).toBe(exit('UNREACHABLE'));
  });

  const hostile = '\x1b]0;owned\x07\x1b[2J\x9b31m\r\nswitchyard: all is well\u202e\u2028';

  test('has no way to the terminal', async () => {
    const { processes }: ProcessList = JSON.parse((await runCommand(['ps', '--json'], as(viewer))).out);
    const list = JSON.stringify({ processes: processes.map((one) => ({ ...one, name: hostile, status: hostile })) });
    const failure = JSON.stringify({ error: { code: hostile, message: hostile, details: {} } });
    const json = await answering(200, 'application/json', list, ['ps', '--json']);
    const failed = await answering(409, 'application/json', failure, ['ps']);
    const others = [
      await answering(200, 'application/json', list, ['ps']),
      await answering(200, 'application/json', JSON.stringify({ status: hostile, version: hostile }), ['status']),
    ];
    for (const { out, err } of [json, failed, ...others]) {
      expect(out).not.toMatch(OBEYED);
      expect(err).not.toMatch(OBEYED);
    }
    expect(JSON.parse(json.out).processes[0].name).toBe(hostile);
    expect(failed.err.split('\n')).toHaveLength(2);
  });
});

describe('the command line itself', () => {
  test('says how each command is used', async () => {
    const names = createProgram().commands.map((command) => command.name());
    expect(names.length).toBeGreaterThan(9);
    const helps = await Promise.all(names.map((name) => runCommand([name, '--help'])));
    for (const [at, { code, out, err }] of helps.entries()) {
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`Usage: switchyard ${names[at]}`);
      expect(out).toContain('--url');
    }
    const whole = await runCommand(['--help']);
    for (const { code, meaning } of Object.values(exitCodes)) expect(whole.out).toContain(`  ${code}  ${meaning}`);
  });

  test.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['statu'], /unknown command 'statu' \(Did you mean status\?\)/],
    [['help', 'nonsense'], /unknown command 'nonsense'/],
    [['proxies', '--limit', '0'], /whole number from 1/],
    [['proxies', '--limit', '1', '--all'], /cannot be used with/],
    [['proxies', '--min-score', '2'], /number from 0 to 1/],
    [['proxies', '--protocol', 'ftp'], /Allowed choices/],
    [['acquire', '--seconds', '3601'], /from 1 to 3600/],
    [['start'], /missing required argument/],
    [['ps', 'stray'], /too many arguments/],
    [['ps', '--url', 'ftp://example.com'], /BAD_URL/],
  ])('%j is refused in a line, with exit code 2', async (args, message) => {
    const { code, out, err } = await runCommand(args);
    expect({ code, out }).toEqual({ code: exit('USAGE'), out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^switchyard: [^\n]+\n$/);
  });

  test('it says which version it is', async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8'));
    expect(await runCommand(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test('without a command it says what there is, as a mistake', async () => {
    const { code, err } = await runCommand([]);
    expect(code).toBe(exit('USAGE'));
    expect(err).toContain('Commands:');
  });

  test('in a checkout without packages it says how to get them', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'switchyard-test-'));
    for (const path of ['src/cli/switchyard.mjs', 'dev/find-node.mjs']) {
      cpSync(join(projectRoot, path), join(directory, path));
    }
    const entry = join(directory, 'src/cli/switchyard.mjs');
    const child = spawn(process.execPath, [entry, 'ps'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const err: string[] = [];
    child.stderr.on('data', (chunk) => err.push(String(chunk)));
    const [code] = await once(child, 'close');
    rmSync(directory, { recursive: true, force: true });
    expect({ code, err }).toEqual({ code: 1, err: ['switchyard: its packages are missing: run `npm ci` first.\n'] });
  });

  test('a reader that leaves early ends it without a word', async () => {
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${ENTRY}" proxies --all --json | head -c 100`], {
      env: environmentOf(as(viewer)),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const err: string[] = [];
    shell.stderr.on('data', (chunk) => err.push(String(chunk)));
    const [code] = await once(shell, 'close');
    expect({ code, err }).toEqual({ code: 0, err: [] });
  });

  test.skipIf(!existsSync('/usr/bin/script'))('colours are for terminals that want them, and lines fit', async () => {
    const inTerminal = async (env: Record<string, string>) => {
      const command = `stty cols 60 rows 20; "${process.execPath}" "${ENTRY}" proxies --pool default`;
      const options = { env: environmentOf({ ...as(viewer), env: { TERM: 'xterm', ...env } }) };
      return (await promisify(execFile)('script', ['-qec', command, '/dev/null'], options)).stdout;
    };
    const coloured = await inTerminal({});
    expect(coloured).toContain('\x1b[1mADDRESS');
    expect(await inTerminal({ NO_COLOR: '1' })).not.toContain('\x1b');
    for (const line of stripVTControlCharacters(coloured).split('\r\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect((await runCommand(['proxies', '--pool', 'default'], as(viewer))).out).not.toContain('\x1b');
  });
});
