/** The platform gives a scheduled run longer; a local one that takes more is stuck. */
const RUN_TIMEOUT_MS = 120_000;

const MINUTE_MS = 60_000;

/** Fires the cron of wrangler.toml now and at each full minute, as the platform does; `wrangler dev` does not. */
export function startCronTicker(workerPort: number): { close(): void } {
  const ended = new AbortController();
  const fire = async () => {
    const url = `http://127.0.0.1:${workerPort}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&time=${Date.now()}`;
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([ended.signal, AbortSignal.timeout(RUN_TIMEOUT_MS)]) });
      const outcome = await answer.text();
      if (!answer.ok) console.log(`cron: the Worker answered ${answer.status} ${outcome.slice(0, 200)}`);
    } catch (error) {
      if (!ended.signal.aborted) console.log(`cron: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  let timer: NodeJS.Timeout;
  const waitForMinute = () => {
    timer = setTimeout(
      () => {
        void fire();
        waitForMinute();
      },
      MINUTE_MS - (Date.now() % MINUTE_MS),
    );
  };
  void fire();
  waitForMinute();
  return {
    close() {
      ended.abort();
      clearTimeout(timer);
    },
  };
}
