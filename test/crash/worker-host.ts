import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';
import type { HostCommand, HostOptions, HostReply } from './hosted-worker.ts';

// A process of its own around one workerd, so that both can be killed. Its parent speaks to it over IPC.

function send(reply: HostReply): void {
  process.send?.(reply);
}

async function modulesOf(directory: string, main: string) {
  const names = await readdir(directory);
  const scripts = names.filter((name) => name.endsWith('.js') && name !== main);
  const wasm = names.filter((name) => name.endsWith('.wasm'));
  return [
    ...[main, ...scripts].map((name) => ({ type: 'ESModule' as const, path: join(directory, name) })),
    ...wasm.map((name) => ({ type: 'CompiledWasm' as const, path: join(directory, name) })),
  ];
}

async function start(options: HostOptions): Promise<Miniflare> {
  const { workerOptions } = miniflareOptionsOf(options.configFile);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      name: 'hosted',
      host: '127.0.0.1',
      port: 0,
      unsafeDirectSockets: [{ host: '127.0.0.1', port: options.port }],
      modules: await modulesOf(options.directory, options.main),
      modulesRoot: options.directory,
      bindings: { ...Object(workerOptions.bindings), ...options.bindings },
      resourcePersistencePath: options.stateDirectory,
      log: new NoOpLog(),
    }),
  );
  await miniflare.ready;
  return miniflare;
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

async function obey(miniflare: Miniflare, command: HostCommand): Promise<void> {
  if (command.kind === 'sql') {
    const database = await miniflare.getD1Database('DB');
    await database.batch(command.statements.map((statement) => database.prepare(statement)));
  } else if (command.kind === 'tick') {
    const worker = await miniflare.getWorker();
    await worker.scheduled({ cron: '* * * * *' });
  }
}

async function main(): Promise<void> {
  const options: HostOptions = JSON.parse(process.argv[2] ?? '{}');
  const miniflare = await start(options);
  const stop = async () => {
    await miniflare.dispose();
    process.exit(0);
  };
  process.on('disconnect', () => void stop());
  process.on('message', (command: HostCommand) => {
    if (command.kind === 'stop') void stop();
    else {
      obey(miniflare, command).then(
        () => send({ kind: 'done', id: command.id }),
        (error: unknown) => send({ kind: 'failed', id: command.id, message: String(error) }),
      );
    }
  });
  const directUrl = await miniflare.unsafeGetDirectURL('hosted');
  send({ kind: 'ready', port: Number(directUrl.port), workerdPids: await childrenOf(process.pid) });
}

await main();
