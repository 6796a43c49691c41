import { Argument, type Command } from 'commander';
import { formatSpan } from '../../dashboard/parts/format.model.ts';
import { processNames } from '../../ops/processes/process-names.ts';
import type { ProcessDetail, ProcessList } from '../api/api.types.ts';
import { type Session, withSession } from '../session.ts';
import { printable } from '../terminal/printable.model.ts';

const commandsOfProcesses = {
  start: { description: 'start a process that does not run', done: 'runs' },
  stop: { description: 'stop a process; what is due stays due', done: 'has stopped' },
  restart: { description: 'restart a process, or start it', done: 'runs anew' },
} as const;

const columns = [
  { title: 'NAME', isWhole: true },
  { title: 'STATUS', isWhole: true },
  { title: 'HEALTH' },
  { title: 'PID', align: 'right' as const },
  { title: 'RESTARTS', align: 'right' as const },
  { title: 'UPTIME' },
];

async function listProcesses({ api, terminal, isJson }: Session): Promise<void> {
  const list = await api.get<ProcessList>('/api/v1/processes');
  if (isJson) return terminal.json(list);
  const rows = list.processes.map(({ name, status, health, pid, restarts, uptime_seconds: uptime }) => [
    name,
    status,
    health,
    String(pid),
    String(restarts),
    formatSpan(uptime * 1_000),
  ]);
  terminal.table(columns, rows);
}

export function addProcesses(program: Command): void {
  program
    .command('ps')
    .description('the background processes: what runs, how it is, for how long')
    .action(withSession((session) => listProcesses(session)));
  for (const [verb, { description, done }] of Object.entries(commandsOfProcesses)) {
    program
      .command(verb)
      .description(`${description} (operators)`)
      .addArgument(new Argument('<name>', `of ${processNames.join(', ')}`))
      .action(
        withSession(async ({ api, terminal, isJson }: Session, _options: object, name: string) => {
          const path = `/api/v1/processes/${encodeURIComponent(name)}`;
          const answer = await api.post<{ success: true }>(`${path}/${verb}`);
          if (isJson) return terminal.json(answer);
          const { pid } = await api.get<ProcessDetail>(path);
          terminal.print(`${printable(name)} ${done} (pid ${printable(String(pid))}).`);
        }),
      );
  }
}
