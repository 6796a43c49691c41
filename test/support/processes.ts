import { expect } from 'vitest';
import type { ProcessName } from '../../src/ops/processes/process-names.ts';
import { adminKey, call } from './harness.ts';

async function commandEach(names: readonly ProcessName[], command: 'start' | 'stop'): Promise<void> {
  for (const name of names) {
    const reply = await call('POST', `/api/v1/processes/${name}/${command}`, { key: adminKey });
    expect([name, command, reply.status]).toEqual([name, command, 200]);
  }
}

/** Does something while these processes are stopped, and starts them again. */
export async function whileStopped<Result>(
  names: readonly ProcessName[],
  work: () => Promise<Result>,
): Promise<Result> {
  await commandEach(names, 'stop');
  try {
    return await work();
  } finally {
    await commandEach(names, 'start');
  }
}
