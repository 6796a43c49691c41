import { proxyDurable } from 'itty-durable/proxy-durable.js';
import { callStub } from '../../platform/durable/stub-call.ts';
import type { ProcessName } from './process-names.ts';
import { MAX_OUTPUT_CHARACTERS } from './supervisor.model.ts';
import type { CommandResult, ProcessCommand, RunReport, SupervisorView } from './supervisor.types.ts';

/** The one object that supervises the processes. */
export const SUPERVISOR_NAME = 'processes';

/** What the product knows of the supervisor, whatever it is made of. Each throws `UNAVAILABLE` when it can't be reached. */
export interface ProcessSupervisor {
  view(): Promise<SupervisorView>;
  command(process: ProcessName, what: ProcessCommand): Promise<CommandResult>;
  report(reports: readonly RunReport[]): Promise<SupervisorView>;
  shutDown(): Promise<SupervisorView>;
  resume(): Promise<SupervisorView>;
}

/** The object's methods, as itty-durable's proxy offers them. */
interface SupervisorStub {
  view(): Promise<SupervisorView>;
  command(name: string, what: string): Promise<CommandResult>;
  report(encoded: string): Promise<SupervisorView>;
  shutDown(): Promise<SupervisorView>;
  resume(): Promise<SupervisorView>;
}

function encodeReports(reports: readonly RunReport[]): string {
  const short = reports.map(({ output, ...run }) => ({
    ...run,
    output: output.slice(0, MAX_OUTPUT_CHARACTERS).toWellFormed(),
  }));
  return encodeURIComponent(JSON.stringify(short));
}

/** The way to the supervisor. */
export function createSupervisorClient(namespace: DurableObjectNamespace): ProcessSupervisor {
  const stub = (): SupervisorStub => proxyDurable(namespace, { parse: true }).get(SUPERVISOR_NAME);
  return {
    view: () => callStub(stub, (supervisor) => supervisor.view()),
    // A command that was done and not heard of would be refused the second time.
    command: (process, what) => callStub(stub, (supervisor) => supervisor.command(process, what), { maxAttempts: 1 }),
    report: (reports) => callStub(stub, (supervisor) => supervisor.report(encodeReports(reports))),
    shutDown: () => callStub(stub, (supervisor) => supervisor.shutDown()),
    resume: () => callStub(stub, (supervisor) => supervisor.resume()),
  };
}
