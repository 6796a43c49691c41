import { whenReaderLeaves } from './terminal/terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What tells something endless that it may end, and for good. */
export interface Ending {
  /** Aborted by the first Ctrl-C or SIGTERM, and when nobody reads the output any more. */
  signal: AbortSignal;
  end(): void;
}

/** Has signals end what runs in order; a second one ends the process at once, as without this. */
export function createEnding(): Ending {
  const controller = new AbortController();
  const end = (): void => {
    for (const name of SIGNALS) process.off(name, end);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, end);
  whenReaderLeaves(end);
  return { signal: controller.signal, end };
}

/** Waits; an aborted `signal` ends it early. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
