import { readdir, readFile } from 'node:fs/promises';

const NANOSECONDS_PER_MS = 1_000_000;
const BYTES_PER_MIB = 1024 * 1024;
const KIB_PER_MIB = 1024;

/**
 * Processor time that the threads of a process have used so far, in milliseconds: the first field of each
 * /proc/PID/task/TID/schedstat, which the scheduler counts in nanoseconds (the figures of /proc/PID/stat come in ticks of
 * 10 ms). The time of a thread that ended is gone; those of workerd live as long as it does.
 */
export async function processorMs(pid: number): Promise<number> {
  const tasks = `/proc/${pid}/task`;
  const texts = await Promise.all(
    (await readdir(tasks)).map((thread) => readFile(`${tasks}/${thread}/schedstat`, 'utf8').catch(() => '0')),
  );
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / NANOSECONDS_PER_MS;
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
