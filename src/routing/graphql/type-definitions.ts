/** What each mutation would do is a query of the same arguments. */
const MUTATIONS = [
  ['addTarget', '(input: TargetInput!)', 'Target!', 'Add a target. Its pool must exist.'],
  ['updateTarget', '(input: TargetInput!)', 'Target!', 'Replace the definition of a mutable target.'],
  ['removeTarget', '(name: String!)', 'Boolean!', 'Remove a mutable target.'],
  ['addPool', '(input: IpPoolInput!)', 'IpPool!', 'Add an IP pool. Its providers must exist.'],
  ['updatePool', '(input: IpPoolInput!)', 'IpPool!', 'Replace a mutable pool, for all targets that use it.'],
  ['removePool', '(name: String!)', 'Boolean!', 'Remove a mutable pool that no target uses.'],
  ['addProvider', '(input: ProviderInput!)', 'Provider!', 'Add a provider of proxies.'],
  [
    'updateProvider',
    '(input: ProviderInput!)',
    'Provider!',
    'Replace a mutable provider, for all targets that use it.',
  ],
  ['removeProvider', '(name: String!)', 'Boolean!', 'Remove a mutable provider that no pool uses.'],
  [
    'addIpToProvider',
    '(provider: String!, address: String!)',
    'Provider!',
    'Append an address to a provider, for all targets that use it.',
  ],
  [
    'removeIpFromProvider',
    '(provider: String!, address: String!)',
    'Provider!',
    'Remove an address of a provider, for all targets that use it. What runs through it may finish.',
  ],
] as const;

const mutationFields = MUTATIONS.map(
  ([name, parameters, type, description]) => `  "${description}"\n  ${name}${parameters}: ${type}`,
).join('\n');

const planFields = MUTATIONS.map(([name, parameters]) => {
  const planName = `plan${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return `  "What ${name} would change; nothing is changed."\n  ${planName}${parameters}: Plan!`;
}).join('\n');

/** The schema of the routing face: that of the reference, and what the contract adds. */
export const typeDefinitions = `
"Queries need the permission read."
type Query {
  "All targets, in the order in which they are tried."
  targets: [Target!]!
  target(name: String!): Target
  pools: [IpPool!]!
  pool(name: String!): IpPool
  providers: [Provider!]!
  provider(name: String!): Provider
  "Who asks."
  status: Status!
  "The addresses of a target as they are this moment."
  targetIpStates(targetName: String!): [TargetIpState!]!
  "What came of the requests of a target so far."
  targetMetrics(name: String!): TargetMetrics!
${planFields}
}

"Mutations need the permission write."
type Mutation {
${mutationFields}
}

enum Role {
  admin
  operator
  viewer
}

enum IpState {
  FREE
  IN_USE
  HELD
  QUARANTINED
}

enum ProxyProtocol {
  http
  https
  socks4
  socks5
}

enum Anonymity {
  transparent
  anonymous
  elite
}

"Requests to URLs that match go through the addresses of a pool. Times are in seconds."
type Target {
  name: String!
  "RE2 syntax, searched in the full URL; it must match from within scheme://host:port."
  regex: String!
  poolName: String!
  "What it rotates over right now."
  resolvedIps: [ResolvedIp!]!
  minRequestInterval: Float!
  maxQueueWait: Float!
  numRetries: Int!
  ipFailuresUntilQuarantine: Int!
  quarantineTime: Float!
  "Whose keys may forward to it; null: those with write."
  allowedRoles: [Role!]
  mutable: Boolean!
}

type ResolvedIp {
  address: String!
  provider: String!
}

type IpPool {
  name: String!
  ipRequests: [IpRequest!]!
  mutable: Boolean!
}

type IpRequest {
  provider: String!
  count: Int!
}

type Provider {
  name: String!
  "As they were given; those of a provider that follows the inventory are what it has now."
  ipList: [String!]!
  inventory: Inventory
  regionTag: String
  "Whether it has a user name and password; they are never shown."
  hasAuth: Boolean!
  mutable: Boolean!
}

"The best checked proxies that match, followed as they come and go; null: any."
type Inventory {
  protocol: ProxyProtocol
  country: String
  anonymity: Anonymity
  minScore: Float
  count: Int!
}

type Status {
  authEnabled: Boolean!
  userSub: String!
  userRole: String!
}

type TargetIpState {
  address: String!
  state: IpState!
  "In a row."
  failures: Int!
  quarantined: Boolean!
  "When it can be had again; null while it is free or in use."
  releaseAt: String
  requestCount: Int!
}

type TargetMetrics {
  totalRequests: Int!
  successRequests: Int!
  failedRequests: Int!
  "Null while there was no answer yet."
  avgLatencyMs: Float
  lastRequestAt: String
}

"Whom a change reaches, and the addresses that some target gains or loses by it."
type Plan {
  targets: [String!]!
  addedIps: [String!]!
  removedIps: [String!]!
}

"Times are in seconds."
input TargetInput {
  name: String!
  regex: String!
  poolName: String!
  "How long an address rests after each request."
  minRequestInterval: Float! = 1.0
  "How long a request waits for an address before 503."
  maxQueueWait: Float! = 30.0
  numRetries: Int! = 3
  ipFailuresUntilQuarantine: Int! = 5
  quarantineTime: Float! = 120.0
  "Left out of an update: as it was."
  allowedRoles: [Role!]
  mutable: Boolean! = true
}

input IpPoolInput {
  name: String!
  ipRequests: [IpRequestInput!]!
  mutable: Boolean! = true
}

"The first count addresses of a provider, or as many as it has."
input IpRequestInput {
  provider: String!
  count: Int!
}

"Either ipList or inventory."
input ProviderInput {
  name: String!
  "host:port (http) or scheme://host:port; schemes are http, https, socks4, socks5."
  ipList: [String!]
  inventory: InventoryInput
  regionTag: String
  mutable: Boolean! = true
  "Left out of an update: as it was; null: none."
  auth: BasicAuthInput
}

input InventoryInput {
  protocol: ProxyProtocol
  country: String
  anonymity: Anonymity
  minScore: Float
  count: Int!
}

input BasicAuthInput {
  username: String!
  password: String!
}
`;
