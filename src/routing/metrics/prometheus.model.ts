import type { TargetMetrics } from '../rotation/rotation.types.ts';

/** What one target's rotor said; null: it could not be asked. */
export interface TargetSample {
  target: string;
  metrics: TargetMetrics | null;
}

interface Family {
  name: string;
  type: 'counter' | 'gauge' | 'summary';
  help: string;
  /** Suffix of the name, labels besides `target`, value. */
  samples(metrics: TargetMetrics): [suffix: string, labels: Record<string, string>, value: number][];
}

const one = (value: number): ReturnType<Family['samples']> => [['', {}, value]];

/** Names and outcomes are those of the reference; what a Worker can't know (probes, requests that matched nothing) is left out. */
const FAMILIES: readonly Family[] = [
  {
    name: 'proxy_hopper_requests_total',
    type: 'counter',
    help: 'Requests through an IP of the target, each retry one, by what became of them.',
    samples: ({ outcomes }) => Object.entries(outcomes).map(([outcome, count]) => ['', { outcome }, count]),
  },
  {
    name: 'proxy_hopper_request_duration_seconds',
    type: 'summary',
    help: 'From dialling the proxy to the head of the answer, without the wait for an IP.',
    samples: ({ latencySumMs, latencyCount }) => [
      ['_sum', {}, latencySumMs / 1_000],
      ['_count', {}, latencyCount],
    ],
  },
  {
    name: 'proxy_hopper_queue_depth',
    type: 'gauge',
    help: 'Requests that wait for an IP now.',
    samples: ({ waiters }) => one(waiters),
  },
  {
    name: 'proxy_hopper_queue_expired_total',
    type: 'counter',
    help: 'Requests that found no IP in time.',
    samples: ({ queueTimeouts }) => one(queueTimeouts),
  },
  {
    name: 'proxy_hopper_available_ips',
    type: 'gauge',
    help: 'IPs that can be had now.',
    samples: ({ ips }) => one(ips.FREE),
  },
  {
    name: 'proxy_hopper_active_connections',
    type: 'gauge',
    help: 'IPs that carry a request now.',
    samples: ({ ips }) => one(ips.IN_USE),
  },
  {
    name: 'proxy_hopper_held_ips',
    type: 'gauge',
    help: 'IPs that rest after a request.',
    samples: ({ ips }) => one(ips.HELD),
  },
  {
    name: 'proxy_hopper_quarantined_ips',
    type: 'gauge',
    help: 'IPs in quarantine.',
    samples: ({ ips }) => one(ips.QUARANTINED),
  },
  {
    name: 'proxy_hopper_ip_quarantine_events_total',
    type: 'counter',
    help: 'How often an IP was quarantined.',
    samples: ({ quarantines }) => one(quarantines),
  },
  {
    name: 'proxy_hopper_last_request_timestamp_seconds',
    type: 'gauge',
    help: 'When an IP was last given to a request.',
    samples: ({ lastRequestAtMs }) => (lastRequestAtMs === null ? [] : one(lastRequestAtMs / 1_000)),
  },
];

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function line(name: string, labels: Record<string, string>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

/** Samples in the text format of Prometheus (version 0.0.4). */
export function renderPrometheus(samples: readonly TargetSample[]): string {
  const lines = [
    '# HELP proxy_hopper_target_up Whether the state of the target could be read for this answer.',
    '# TYPE proxy_hopper_target_up gauge',
    ...samples.map(({ target, metrics }) => line('proxy_hopper_target_up', { target }, metrics ? 1 : 0)),
  ];
  for (const { name, type, help, samples: samplesOf } of FAMILIES) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { target, metrics } of samples) {
      if (metrics === null) continue;
      for (const [suffix, labels, value] of samplesOf(metrics)) {
        lines.push(line(`${name}${suffix}`, { target, ...labels }, value));
      }
    }
  }
  return `${lines.join('\n')}\n`;
}
