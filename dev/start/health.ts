import { UserError } from '../project.ts';
import { sayWhile } from './say-while.ts';

/** Bundling and the first request take seconds, but minutes where the machine has far more to do than it can. */
export const HEALTH_WAIT_MS = 600_000;

const POLL_MS = 250;

/** The first answer waits for the bundle; one that takes longer is asked for anew. */
const ANSWER_WAIT_MS = 60_000;

/** Wrangler goes on after this, waiting for somebody to mend the source. */
const BUILD_FAILED = /\[ERROR\] Build failed/;

export interface HealthWait {
  /** True once ending has begun: the wait is over then. */
  isEnding(): boolean;
  /** What the Worker's process wrote last, for whoever must find out why it does not come up. */
  lastLines(): string[];
  /** Says something to whoever waits. */
  say(text: string): void;
  waitMs?: number;
  sayEveryMs?: number;
}

/** What `/health` says: null when the Worker is well. */
async function troubleOf(url: string, over: AbortSignal): Promise<string | null> {
  try {
    const signal = AbortSignal.any([over, AbortSignal.timeout(ANSWER_WAIT_MS)]);
    const answer = await fetch(`${url}/health`, { signal });
    return answer.status === 200 ? null : `${answer.status} ${(await answer.text()).trim().slice(0, 300)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function untilHealthy(url: string, wait: HealthWait, over: AbortSignal): Promise<void> {
  const deadlineAtMs = Date.now() + (wait.waitMs ?? HEALTH_WAIT_MS);
  let trouble = 'no answer';
  while (Date.now() < deadlineAtMs && !wait.isEnding()) {
    const answer = await troubleOf(url, over);
    over.throwIfAborted();
    if (answer === null) return;
    trouble = answer;
    if (trouble.includes('"MISCONFIGURED"')) {
      throw new UserError(
        'The Worker refuses to serve: the line above names the variable. See --var, .dev.vars and wrangler.toml.',
      );
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  throw new UserError(`The Worker did not become healthy: ${trouble}\n${wait.lastLines().join('\n')}`.trimEnd());
}

/**
 * Waits until the Worker at `url` says that it is healthy, and says so while it takes long. Throws UserError at once for what
 * does not pass by itself, a configuration that is refused or a source that does not build, and when the time is over.
 */
export async function waitForHealth(url: string, wait: HealthWait): Promise<void> {
  const over = new AbortController();
  // Requests are held, not refused, while there is no bundle to answer them.
  const watch = setInterval(() => {
    const lines = wait.lastLines();
    const first = lines.findIndex((line) => BUILD_FAILED.test(line));
    if (first >= 0) over.abort(new UserError(`The Worker can't be built:\n${lines.slice(first).join('\n').trimEnd()}`));
  }, POLL_MS);
  try {
    await sayWhile('starting', untilHealthy(url, wait, over.signal), wait.say, wait.sayEveryMs);
  } finally {
    clearInterval(watch);
  }
}
