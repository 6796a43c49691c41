import { printError, UserError } from './project.ts';
import { createAdminApi } from './start/admin-api.ts';
import { grantAdminCredits, loadSources, PUBLIC_SOURCE_URLS, waitForActive } from './start/first-data.ts';
import { parseStartOptions, START_HELP, type StartOptions } from './start/options.ts';
import { type Cleanup, type Running, startParts } from './start/running.ts';
import { welcomeText } from './start/welcome.ts';

/** Ending takes a moment; what hangs longer is left to the groups' leaders, which end when this process does. */
const ENDING_MS = 8_000;

const ends: (() => Promise<void> | void)[] = [];
let ending: Promise<void> | null = null;

async function endAll(): Promise<void> {
  for (const end of ends.reverse()) {
    try {
      await end();
    } catch (error) {
      printError(error);
    }
  }
}

/** Ends what was started, once however often it is asked: Ctrl-C arrives here from the terminal and from npm. */
function stop(exitCode: number): Promise<void> {
  ending ??= (async () => {
    setTimeout(() => process.exit(exitCode), ENDING_MS).unref();
    await endAll();
    process.exit(exitCode);
  })();
  return ending;
}

const cleanup: Cleanup = {
  add: (end) => {
    if (ending) void end();
    else ends.push(end);
  },
  isEnding: () => ending !== null,
};

function sourceUrls(options: StartOptions, running: Running): readonly string[] {
  if (options.sources === 'public') return PUBLIC_SOURCE_URLS;
  return running.sourceListUrl ? [running.sourceListUrl] : [];
}

async function fillWithData(options: StartOptions, running: Running): Promise<void> {
  const api = createAdminApi(running.url, running.adminKey);
  await grantAdminCredits(api);
  const urls = sourceUrls(options, running);
  if (urls.length === 0) {
    console.log('  no lab, no sources: add one with POST /sources');
    return;
  }
  console.log('… scraping the sources');
  if ((await loadSources(api, urls)) === 0) return;
  if (options.sources === 'public' && !('JUDGE_URL' in options.vars)) {
    console.log(
      '  public proxies are checked against a judge they can reach: --var JUDGE_URL:http://…/judge of a deployment',
    );
    return;
  }
  console.log('… checking the proxies');
  const active = await waitForActive(api, cleanup.isEnding);
  console.log(
    active > 0
      ? `✓ ${active} proxies are active, more follow`
      : '  none has passed its checks yet; the cron goes on trying',
  );
}

async function main(): Promise<void> {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    console.log(START_HELP);
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!ending) console.log('\nStopping …');
      void stop(0);
    });
  }
  const running = await startParts(options, cleanup);
  await Promise.race([fillWithData(options, running), running.crashed]);
  if (!ending) console.log(welcomeText(running.url, running.adminKey));
  await running.crashed;
}

try {
  await main();
} catch (error) {
  if (!ending) printError(error instanceof Error ? error : new UserError(String(error)));
  await stop(1);
}
