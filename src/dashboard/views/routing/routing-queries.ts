import { keepPreviousData, useQuery } from '@tanstack/preact-query';
import { askGraphql } from '../../api/graphql.ts';
import type { IpState, Routing, RoutingPlan, TargetMetrics } from '../../api/routing-types.ts';
import { useSettled } from '../../app/clock.ts';
import { type Change, planQueryOf } from './changes.model.ts';
import { countStates, type QueueCounts, statesQueryOf } from './picture.model.ts';

/** Definitions change when somebody changes them; followed inventories within a minute. */
const DEFINITIONS_EVERY_MS = 10_000;
/** The queues of the picture, and of the one target that is looked at. */
const QUEUES_EVERY_MS = 3_000;
const QUEUE_EVERY_MS = 1_000;
const TYPING_MS = 400;

/** What `useAction` names as changed by any change of the routing. */
export const ROUTING = '/graphql';

const DEFINITIONS = `{
  providers { name ipList inventory { protocol country anonymity minScore count } regionTag hasAuth mutable }
  pools { name ipRequests { provider count } mutable }
  targets { name regex poolName resolvedIps { address provider } minRequestInterval maxQueueWait numRetries
    ipFailuresUntilQuarantine quarantineTime allowedRoles mutable }
}`;

const QUEUE = `query ($name: String!) {
  targetIpStates(targetName: $name) { address state failures quarantined releaseAt requestCount }
  targetMetrics(name: $name) { totalRequests successRequests failedRequests avgLatencyMs lastRequestAt }
}`;

export function useRouting() {
  return useQuery({
    queryKey: [ROUTING, 'definitions'],
    queryFn: ({ signal }) => askGraphql<Routing>(DEFINITIONS, {}, signal),
    refetchInterval: DEFINITIONS_EVERY_MS,
  });
}

/** The state counts of some targets, by name. */
export function useQueues(names: readonly string[]) {
  return useQuery({
    queryKey: [ROUTING, 'queues', ...names],
    queryFn: async ({ signal }) => {
      const variables = Object.fromEntries(names.map((name, index) => [`n${index}`, name]));
      const answer = await askGraphql<Record<string, IpState[]>>(statesQueryOf(names.length), variables, signal);
      return new Map<string, QueueCounts>(names.map((name, index) => [name, countStates(answer[`t${index}`] ?? [])]));
    },
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: QUEUES_EVERY_MS,
  });
}

export interface TargetQueue {
  targetIpStates: IpState[];
  targetMetrics: TargetMetrics;
}

export function useQueue(name: string) {
  return useQuery({
    queryKey: [ROUTING, 'queue', name],
    queryFn: ({ signal }) => askGraphql<TargetQueue>(QUEUE, { name }, signal),
    refetchInterval: QUEUE_EVERY_MS,
  });
}

/** What a change would do, once its form rests; it is asked for again with every change of it. */
export function usePlan(change: Change) {
  const asked = JSON.stringify(change);
  const settled = useSettled(asked, TYPING_MS);
  const plan = useQuery({
    queryKey: [ROUTING, 'plan', settled],
    queryFn: ({ signal }) => {
      const { name, variables }: Change = JSON.parse(settled);
      return askGraphql<{ answer: RoutingPlan }>(planQueryOf(name), variables, signal);
    },
    retry: false,
    gcTime: 0,
  });
  return { plan, isSettled: settled === asked };
}
