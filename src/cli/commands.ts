import type { Command } from 'commander';
import { addBridge } from './commands/bridge.command.ts';
import { addCredits } from './commands/credits.command.ts';
import { addLeases } from './commands/leases.command.ts';
import { addLogs } from './commands/logs.command.ts';
import { addProcesses } from './commands/processes.command.ts';
import { addProxies } from './commands/proxies.command.ts';
import { addRequests } from './commands/requests.command.ts';
import { addSources } from './commands/sources.command.ts';
import { addStatus } from './commands/status.command.ts';
import { addTop } from './commands/top.command.ts';

/** All commands, in the order of the help. */
export const commands: readonly ((program: Command) => void)[] = [
  addStatus,
  addTop,
  addProcesses,
  addLogs,
  addRequests,
  addSources,
  addProxies,
  addLeases,
  addCredits,
  addBridge,
];
