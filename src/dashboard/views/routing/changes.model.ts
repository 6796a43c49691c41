import type { RoutingPlan } from '../../api/routing-types.ts';
import { formatNoun } from '../../parts/format.model.ts';

/** What each change of the routing takes, in GraphQL's words. */
const parameters = {
  addTarget: [['input', 'TargetInput!']],
  updateTarget: [['input', 'TargetInput!']],
  removeTarget: [['name', 'String!']],
  addPool: [['input', 'IpPoolInput!']],
  updatePool: [['input', 'IpPoolInput!']],
  removePool: [['name', 'String!']],
  addProvider: [['input', 'ProviderInput!']],
  updateProvider: [['input', 'ProviderInput!']],
  removeProvider: [['name', 'String!']],
  addIpToProvider: [
    ['provider', 'String!'],
    ['address', 'String!'],
  ],
  removeIpFromProvider: [
    ['provider', 'String!'],
    ['address', 'String!'],
  ],
} as const;
export type ChangeName = keyof typeof parameters;

/** A change as it is asked for. */
export interface Change {
  name: ChangeName;
  variables: Readonly<Record<string, unknown>>;
}

function operation(kind: 'query' | 'mutation', field: string, name: ChangeName, selection: string): string {
  const declared = parameters[name].map(([parameter, type]) => `$${parameter}: ${type}`).join(', ');
  const given = parameters[name].map(([parameter]) => `${parameter}: $${parameter}`).join(', ');
  return `${kind} (${declared}) { answer: ${field}(${given})${selection} }`;
}

/** Does it. */
export function mutationOf(name: ChangeName): string {
  return operation(
    'mutation',
    name,
    name,
    name.startsWith('remove') && name !== 'removeIpFromProvider' ? '' : ' { name }',
  );
}

/** Says what it would do; nothing is changed. */
export function planQueryOf(name: ChangeName): string {
  const field = `plan${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return operation('query', field, name, ' { targets addedIps removedIps }');
}

/** Whom a change reaches, in words. */
export function describePlan({ targets, addedIps, removedIps }: RoutingPlan): string {
  if (targets.length === 0) return 'No target is touched.';
  const reached = `${formatNoun(targets.length, 'target')}: ${targets.join(', ')}.`;
  if (addedIps.length === 0 && removedIps.length === 0) return `${reached} Their addresses stay.`;
  return `${reached} ${formatNoun(addedIps.length, 'address', 'addresses')} more, ${removedIps.length} fewer.`;
}
