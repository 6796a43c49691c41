import type { Browser, Page } from 'playwright-core';

/** What the main thread of a page did while it was traced. */
export interface MainThreadFigures {
  /** The longest task, in milliseconds: nothing else happened on the page meanwhile. */
  longestMs: number;
  /** The processor's time of that task, without what others took from it. */
  longestProcessorMs: number;
  tasks: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

/** Traces the browser while `work` runs, and looks at every task of a page's main thread. */
export async function traceMainThread(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<MainThreadFigures> {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] });
  await work();
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString('utf8'));
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mainThreads = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(thread),
  );
  const tasks = traceEvents.filter((event) => event.name === 'RunTask' && mainThreads.has(thread(event)));
  const [longest] = [...tasks].sort((left, right) => (right.dur ?? 0) - (left.dur ?? 0));
  if (longest === undefined) throw new Error('The trace has no task of a main thread.');
  return {
    longestMs: (longest.dur ?? 0) / 1_000,
    longestProcessorMs: (longest.tdur ?? 0) / 1_000,
    tasks: tasks.length,
  };
}
