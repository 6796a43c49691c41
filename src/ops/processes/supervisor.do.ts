import { createDurable } from 'itty-durable/itty-durable.js';
import { isProcessName } from './process-names.ts';
import { command, newSupervisorState, report, resume, shutDown, viewOf, withAllProcesses } from './supervisor.model.ts';
import type { CommandResult, ProcessCommand, RunReport, SupervisorState, SupervisorView } from './supervisor.types.ts';

/** Reports of one call: cron has one of each process. */
const MAX_REPORTS = 50;

/**
 * Which background processes shall run, and how they fare. An itty-durable object: its fields are its state, methods are
 * called by name, and what they change is on disk before the caller has the answer (the platform's output gate holds it).
 * Reads write nothing: `persist` is called by what changes something.
 */
export class Supervisor extends createDurable({ autoPersist: false, autoReturn: false }) {
  supervised: SupervisorState = newSupervisorState(Date.now());

  override async onLoad(): Promise<void> {
    this.supervised = withAllProcesses(this.supervised, Date.now());
  }

  view(): SupervisorView {
    return viewOf(this.supervised, Date.now());
  }

  async command(name: string, what: ProcessCommand): Promise<CommandResult> {
    if (!isProcessName(name)) throw new Error('there is no such process');
    const result = command(this.supervised, name, what, Date.now());
    if (result.ok) await this.persist();
    return result;
  }

  /** `encoded` is a JSON list of reports in percent-encoding: arguments travel in a header field, which takes ASCII alone. */
  async report(encoded: string): Promise<SupervisorView> {
    const reports: RunReport[] = JSON.parse(decodeURIComponent(encoded));
    report(this.supervised, reports.slice(0, MAX_REPORTS), Date.now());
    await this.persist();
    return this.view();
  }

  async shutDown(): Promise<SupervisorView> {
    shutDown(this.supervised, Date.now());
    await this.persist();
    return this.view();
  }

  async resume(): Promise<SupervisorView> {
    resume(this.supervised, Date.now());
    await this.persist();
    return this.view();
  }
}
