import { readFile } from 'node:fs/promises';

/** The kernel counts processor time in ticks of this length (USER_HZ is 100 on every Linux). */
const TICK_MS = 10;
const BYTES_PER_MIB = 1024 * 1024;
const KIB_PER_MIB = 1024;

/** Processor time that a process has used so far, in milliseconds: fields 14 and 15 of /proc/PID/stat (proc(5)). */
export async function processorMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function statusMib(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / KIB_PER_MIB;
}

/** Memory of a process that is in RAM, in MiB. */
export const residentMib = (pid: number): Promise<number> => statusMib(pid, 'VmRSS');

/** The most that it ever was, in MiB. */
export const peakResidentMib = (pid: number): Promise<number> => statusMib(pid, 'VmHWM');

/** The processes that a process started and that run a given program. */
export async function childrenRunning(pid: number, program: string): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const pids = text.trim().split(/\s+/).filter(Boolean).map(Number);
  const lines = await Promise.all(pids.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index]?.split('\0')[0]?.endsWith(`/${program}`));
}

export function toMib(bytes: number): number {
  return bytes / BYTES_PER_MIB;
}
