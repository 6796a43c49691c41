import { CHECKS_PER_MESSAGE } from './check-message.types.ts';
import type { RunProbe } from './checks.service.ts';
import type { ProbeReport, ProbeRequest } from './checks.types.ts';

/** Probes several proxies in one invocation; null for one whose probe broke. */
export type ProbeGroup = (requests: readonly ProbeRequest[]) => Promise<(ProbeReport | null)[]>;

interface Waiting {
  request: ProbeRequest;
  resolve: (report: ProbeReport) => void;
  reject: (reason: unknown) => void;
}

async function run(group: readonly Waiting[], probeGroup: ProbeGroup): Promise<void> {
  try {
    const reports = await probeGroup(group.map(({ request }) => request));
    for (const [index, { resolve, reject }] of group.entries()) {
      const report = reports[index];
      if (report) resolve(report);
      else reject(new Error('the probe broke'));
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}

/** Gathers the probes that are asked for in one turn: a call of another invocation costs as much as a small probe. */
export function inGroups(probeGroup: ProbeGroup): RunProbe {
  let waiting: Waiting[] = [];
  const send = (): void => {
    const group = waiting;
    waiting = [];
    if (group.length > 0) void run(group, probeGroup);
  };
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (waiting.length === CHECKS_PER_MESSAGE) send();
      else if (waiting.length === 1) queueMicrotask(send);
    });
}
