import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';
import { projectRoot } from '../../dev/project.ts';
import { bundleWorker, modulesOf } from '../../test/support/hosted-miniflare.ts';
import { childrenRunning } from '../measure/process-figures.ts';

// Runs tls.worker.ts in a process of its own: the runtime reads NODE_EXTRA_CA_CERTS once, when it is loaded.

export interface TlsHostAddress {
  url: string;
  workerdPid: number;
}

const CONFIG = 'bench/tls/wrangler.toml';

async function start(directory: string): Promise<{ miniflare: Miniflare; address: TlsHostAddress }> {
  const main = await bundleWorker(directory, { configFile: CONFIG });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...miniflareOptionsOf(join(projectRoot, CONFIG)).workerOptions,
      name: 'tls',
      modules: await modulesOf(directory, main),
      modulesRoot: directory,
      host: '127.0.0.1',
      port: 0,
      log: new NoOpLog(),
      handleStructuredLogs: () => undefined,
    }),
  );
  const { origin } = await miniflare.ready;
  const [workerdPid] = await childrenRunning(process.pid, 'workerd');
  if (workerdPid === undefined) throw new Error('no workerd was started');
  return { miniflare, address: { url: origin, workerdPid } };
}

const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-tls-'));
const { miniflare, address } = await start(directory);
process.on('disconnect', () => {
  void (async () => {
    await miniflare.dispose();
    await rm(directory, { recursive: true, force: true });
    process.exit(0);
  })();
});
process.send?.(address);
