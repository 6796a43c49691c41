import { type Command, Option } from 'commander';
import { formatCount, formatLatency } from '../../dashboard/parts/format.model.ts';
import type { Credits, Lease, PoolStats, ProcessList } from '../api/api.types.ts';
import { createChecksFeed } from '../api/checks-feed.ts';
import { CliError } from '../cli-error.ts';
import { createEnding, pause } from '../endless.ts';
import { leaseColumns, toLeaseRow } from '../lease-table.ts';
import { type Session, withSession } from '../session.ts';
import { printable } from '../terminal/printable.model.ts';
import { openScreen } from '../terminal/screen.ts';
import { tableLines } from '../terminal/table.model.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { integerFrom } from '../values.ts';

const DEFAULT_INTERVAL_SECONDS = 2;
const MAX_INTERVAL_SECONDS = 3_600;
const MAX_FRAMES = 1_000_000;

interface TopOptions {
  interval: number;
  count?: number;
}

interface Frame {
  at: string;
  pool: PoolStats;
  checks_per_second: number | null;
  credits: { balance: number };
  leases: Lease[];
  processes: ProcessList['processes'];
}

async function readFrame({ api }: Session, checksPerSecond: number | null): Promise<Frame> {
  const [pool, credits, leases, { processes }] = await Promise.all([
    api.get<PoolStats>('/stats/pool'),
    api.get<Credits>('/account/credits'),
    api.get<{ items: Lease[] }>('/account/leases'),
    api.get<ProcessList>('/api/v1/processes'),
  ]);
  const { balance } = credits;
  const at = new Date().toISOString();
  return { at, pool, checks_per_second: checksPerSecond, credits: { balance }, leases: leases.items, processes };
}

function frameLines({ api, terminal }: Session, frame: Frame, note: string | null): string[] {
  const { pool, processes, leases } = frame;
  const by = pool.by_status;
  const running = processes.filter(({ status }) => status === 'running').length;
  const rate = frame.checks_per_second;
  const line = (name: string, words: string) => `${terminal.style('bold', name.padEnd(10))}${words}`;
  const states = `${formatCount(by.active)} active, ${formatCount(by.unchecked)} unchecked, ${formatCount(by.dead)} dead`;
  const quality = `score ${pool.avg_score?.toFixed(2) ?? '–'}, ${formatLatency(pool.avg_latency_ms)}`;
  const [titles = '', ...rows] = tableLines(
    leaseColumns,
    leases.map((lease) => toLeaseRow(lease).map(printable)),
    terminal.width(),
  );
  return [
    `${terminal.style('bold', 'Switchyard')} ${printable(api.baseUrl)} ${printable(frame.at)}`,
    note === null ? '' : terminal.style('red', printable(note)),
    line('Pool', `${formatCount(pool.total_proxies)} proxies: ${states}; ${quality}`),
    line('Checks', `${rate === null ? '–' : rate.toFixed(1)} a second`),
    line('Processes', `${running} of ${processes.length} running`),
    line('Credits', formatCount(frame.credits.balance)),
    line('Leases', formatCount(leases.length)),
    '',
    terminal.style('bold', titles),
    ...rows,
  ];
}

/** Where frames go: over each other on a terminal, one below the other elsewhere, or JSON. */
function frameSink(session: Session, end: () => void) {
  const { terminal, isJson } = session;
  if (isJson) return { show: (frame: Frame) => terminal.json(frame), fail: noted(terminal), close: () => {} };
  const screen = terminal.isTerminal ? openScreen(terminal, end) : null;
  const print = (lines: readonly string[]) => terminal.print(`${lines.join('\n')}\n`);
  let last: Frame | null = null;
  return {
    show(frame: Frame): void {
      last = frame;
      (screen?.show ?? print)(frameLines(session, frame, null));
    },
    fail(text: string): void {
      if (screen && last) screen.show(frameLines(session, last, text));
      else noted(terminal)(text);
    },
    close: () => screen?.close(),
  };
}

const noted = (terminal: Terminal) => (text: string) => terminal.note(`switchyard: ${printable(text)}`);

async function runTop(session: Session, options: TopOptions): Promise<void> {
  const { terminal } = session;
  const { signal, end } = createEnding();
  const isSingle = !terminal.isTerminal && !session.isJson;
  const frames = options.count ?? (isSingle ? 1 : MAX_FRAMES);
  const feed = createChecksFeed(session.api);
  feed.perSecond();
  // What is not looked at live has a rate from its first frame on.
  if (!terminal.isTerminal) await pause(options.interval * 1_000, signal);
  const first = await readFrame(session, feed.perSecond()).catch((error: unknown) => {
    feed.close();
    throw error;
  });
  const sink = frameSink(session, end);
  try {
    sink.show(first);
    for (let shown = 1; shown < frames && !signal.aborted; shown += 1) {
      await pause(options.interval * 1_000, signal);
      if (signal.aborted) return;
      try {
        sink.show(await readFrame(session, feed.perSecond()));
      } catch (error) {
        if (!(error instanceof CliError) || error.exit === 'NOT_ALLOWED') throw error;
        sink.fail(`${error.message} Trying again.`);
      }
    }
  } finally {
    feed.close();
    sink.close();
  }
}

export function addTop(program: Command): void {
  program
    .command('top')
    .description(
      'pool, checks a second, credits and leases, live, until q or Ctrl-C; a single frame where no terminal is',
    )
    .addOption(
      new Option('--interval <seconds>', 'between two frames')
        .argParser(integerFrom(1, MAX_INTERVAL_SECONDS))
        .default(DEFAULT_INTERVAL_SECONDS),
    )
    .option('--count <frames>', 'end after so many', integerFrom(1, MAX_FRAMES))
    .action(withSession(runTop));
}
