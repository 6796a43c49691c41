export { PROXY_PROTOCOLS as proxyProtocols, type ProxyProtocol } from '../../plugins/parsers/parser.types.ts';

/** `unsupported`: stored, but the platform can't reach it (IPv6, its own ranges, refused ports). */
export const proxyStatuses = ['unchecked', 'active', 'dead', 'unsupported'] as const;
export type ProxyStatus = (typeof proxyStatuses)[number];

export const anonymityLevels = ['transparent', 'anonymous', 'elite'] as const;
export type Anonymity = (typeof anonymityLevels)[number];
