import type { IpState, Routing } from '../../api/routing-types.ts';

/** What draws from what: the names of two nodes of the picture. */
export interface Link {
  from: string;
  to: string;
}

export const nodeOf = {
  provider: (name: string) => `provider ${name}`,
  pool: (name: string) => `pool ${name}`,
  target: (name: string) => `target ${name}`,
};

/** The lines of the picture: each pool to the providers it draws from, each target to its pool. */
export function linksOf({ pools, targets }: Routing): Link[] {
  return [
    ...pools.flatMap(({ name, ipRequests }) =>
      ipRequests.map(({ provider }) => ({ from: nodeOf.provider(provider), to: nodeOf.pool(name) })),
    ),
    ...targets.map(({ name, poolName }) => ({ from: nodeOf.pool(poolName), to: nodeOf.target(name) })),
  ];
}

export type QueueCounts = Record<IpState['state'], number>;

/** How many addresses of a target are in which state. */
export function countStates(states: readonly Pick<IpState, 'state'>[]): QueueCounts {
  const counts: QueueCounts = { FREE: 0, IN_USE: 0, HELD: 0, QUARANTINED: 0 };
  for (const { state } of states) counts[state] += 1;
  return counts;
}

/** GraphQL allows 30 aliases a query, and each target takes one. */
export const TARGETS_A_QUERY = 15;

/** One query for the states of several targets: `t0`, `t1` … in their order. */
export function statesQueryOf(count: number): string {
  const places = Array.from({ length: count }, (_place, index) => index);
  const declared = places.map((index) => `$n${index}: String!`).join(', ');
  const fields = places.map((index) => `t${index}: targetIpStates(targetName: $n${index}) { state }`).join(' ');
  return `query (${declared}) { ${fields} }`;
}
