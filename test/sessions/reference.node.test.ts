import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const run = promisify(execFile);

/** The reference's own examples; what changes is the base URL and the key, as for any of its clients. */
const curlExamples = {
  health: 'curl http://localhost:8000/api/health',
  stats: 'curl -H "X-API-Key: your_key" http://localhost:8000/api/stats',
  register: `curl -X POST -H "X-API-Key: your_key" \\
  -H "Content-Type: application/json" \\
  -d '{"session_id":"test","profile_id":"p1","device":"desktop"}' \\
  http://localhost:8000/api/sessions/register`,
  failed: `curl -H "X-API-Key: your_key" \\
  "http://localhost:8000/api/sessions?page=2&per_page=10&status=failed"`,
  file: `curl -H "X-API-Key: your_key" \\
  "http://localhost:8000/api/sessions/export?status=completed" \\
  -o sessions.csv`,
};

const javascriptExample = `
const API_URL = 'http://localhost:8000';
const API_KEY = 'your_key_here';

const headers = {
  'X-API-Key': API_KEY,
  'Content-Type': 'application/json'
};

// Get sessions
const response = await fetch(\`\${API_URL}/api/sessions\`, { headers });
const sessions = await response.json();

// Register session
const regResponse = await fetch(\`\${API_URL}/api/sessions/register\`, {
  method: 'POST',
  headers,
  body: JSON.stringify({
    session_id: 'my-session-123',
    profile_id: 'profile_1',
    device: 'desktop',
    proxy: '1.2.3.4:12321',
    country: 'US'
  })
});
console.log(JSON.stringify([sessions, await regResponse.json()]));
`;

/** The limit of the reference is left on: everything here is within it but what is to be refused. */
let worker: WorkerProcess;
let directory: string;
let hasCurl = true;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-reference-'));
  worker = await startWorkerProcess({ JUDGE_URL: '', RATE_LIMITS: 'on' });
  hasCurl = await run('curl', ['--version']).then(
    () => true,
    () => false,
  );
}, 120_000);

afterAll(async () => {
  await worker?.stop();
  await rm(directory, { recursive: true, force: true });
});

function asOurs(text: string): string {
  return text.replaceAll('http://localhost:8000', worker.baseUrl).replaceAll(/your_key(?:_here)?/g, worker.adminKey);
}

async function shell(example: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', asOurs(example)], { cwd: directory });
  return stdout;
}

describe('a client of the reference works as it is', () => {
  it('by curl', async (context) => {
    context.skip(!hasCurl, 'there is no curl here');
    expect(JSON.parse(await shell(curlExamples.health))).toMatchObject({
      status: 'healthy',
      auth_enabled: true,
      rate_limiting: true,
    });
    expect(JSON.parse(await shell(curlExamples.stats))).toMatchObject({ total_sessions: 0, proxy_stats: [] });
    expect(JSON.parse(await shell(curlExamples.register))).toEqual({
      status: 'registered',
      session_id: 'test',
      active_count: 1,
    });
    expect(JSON.parse(await shell(curlExamples.failed))).toEqual({
      sessions: [],
      total: 0,
      page: 2,
      per_page: 10,
      total_pages: 0,
    });
    await shell(curlExamples.file);
    expect(await readFile(join(directory, 'sessions.csv'), 'utf8')).toBe(
      'session_id,profile_id,device,start_time,proxy,country,status,duration,success\r\n',
    );
  });

  it('by fetch', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', asOurs(javascriptExample)]);
    const [sessions, registered] = JSON.parse(stdout);
    expect(Object.keys(sessions)).toEqual(['sessions', 'total', 'page', 'per_page', 'total_pages']);
    expect(registered).toMatchObject({ status: 'registered', session_id: 'my-session-123' });
  });
});

/** Windows that are tried: on a busy machine one may turn while the requests of a test are under way. */
const MAX_WINDOWS = 5;

it('an address makes 100 requests a minute, and is then refused in the reference’s own words; health and the feed are free', async () => {
  const headers = { 'x-api-key': worker.adminKey };
  const ask = () => fetch(`${worker.baseUrl}/api/stats`, { headers });
  let refused: Response | undefined;
  for (let window = 0; window < MAX_WINDOWS && !refused; window += 1) {
    const replies = await Promise.all(Array.from({ length: 101 }, ask));
    refused = replies.find(({ status }) => status === 429);
    const rooms = replies.map((reply) => Number(/r=(\d+)/.exec(reply.headers.get('ratelimit') ?? '')?.[1]));
    // However many windows they fell into, none had room for more.
    expect(Math.max(...rooms)).toBeLessThan(100);
  }
  expect(refused?.headers.get('ratelimit-policy')).toBe('"session-requests";q=100;w=60');
  expect(await refused?.text()).toBe('{"error":"Rate limit exceeded: 100 per 1 minute"}');
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await fetch(`${worker.baseUrl}/api/health`)).status).toBe(200);
  expect((await fetch(`${worker.baseUrl}/ws`)).status).toBe(426);
}, 120_000);
