import { expect, it } from 'vitest';
import { CHECKS_PER_MESSAGE } from '../../../src/proxy-pool/checks/check-message.types.ts';
import type { ProbeReport, ProbeRequest } from '../../../src/proxy-pool/checks/checks.types.ts';
import { inGroups } from '../../../src/proxy-pool/checks/probe-groups.ts';
import { report } from './fixtures.ts';

function request(id: string): ProbeRequest {
  return { id, ip: '127.0.0.1', port: 1, protocol: 'http', username: null, passwordSealed: null };
}

function requests(count: number): ProbeRequest[] {
  return Array.from({ length: count }, (_, index) => request(String(index)));
}

it('probes that are asked for together go in few calls, each with its own report', async () => {
  const sizes: number[] = [];
  const probe = inGroups(async (group) => {
    sizes.push(group.length);
    return group.map(({ id }) => report('passed', Number(id)));
  });
  const reports = await Promise.all(requests(2 * CHECKS_PER_MESSAGE + 1).map(probe));
  expect(sizes).toEqual([CHECKS_PER_MESSAGE, CHECKS_PER_MESSAGE, 1]);
  expect(reports.map(({ latencyMs }) => latencyMs)).toEqual(requests(11).map(({ id }) => Number(id)));
});

it('one that broke fails alone; a call that fails takes its own group with it', async () => {
  const probe = inGroups(async (group): Promise<(ProbeReport | null)[]> => {
    if (group.some(({ id }) => id === '7')) throw new Error('the invocation is gone');
    return group.map(({ id }) => (id === '1' ? null : report('passed')));
  });
  const results = await Promise.allSettled(requests(2 * CHECKS_PER_MESSAGE).map(probe));
  const fates = results.map(({ status }) => status === 'fulfilled');
  expect(fates).toEqual([true, false, true, true, true, false, false, false, false, false]);
});
