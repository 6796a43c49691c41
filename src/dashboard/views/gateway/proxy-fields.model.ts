import type { GatewayProxy } from '../../api/gateway-types.ts';
import { pairsOf } from '../../parts/pairs.model.ts';

/** The form of a gateway proxy: texts, as they are typed. */
export interface ProxyFields {
  name: string;
  alias: string;
  target: string;
  caller: string;
  credential: string;
  /** A routing target; empty: directly. */
  egress: string;
  perMinute: string;
  perDay: string;
  effect: 'allow' | 'deny';
  /** Whether the request log keeps what calls and answers hold. */
  keepsBodies: boolean;
  /** A header a line, `name: value`. */
  headers: string;
  /** A query parameter a line, `name=value`. */
  query: string;
}

const textOf = (limit: number | null | undefined) => (limit === null || limit === undefined ? '' : String(limit));
const limitOf = (text: string) => (text.trim() === '' ? null : Number(text));

export function proxyFieldsOf(proxy: GatewayProxy | null): ProxyFields {
  const lines = (fields: Record<string, string> | undefined, between: string) =>
    Object.entries(fields ?? {})
      .map(([name, value]) => `${name}${between}${value}`)
      .join('\n');
  return {
    name: proxy?.proxyName ?? '',
    alias: proxy?.proxyAlias ?? '',
    target: proxy?.proxyTargetId ?? '',
    caller: proxy?.proxyProxyCredentialId ?? '',
    credential: proxy?.proxyTargetCredentialId ?? '',
    egress: proxy?.proxyEgressTarget ?? '',
    perMinute: textOf(proxy?.proxyMaxRequestsPerMinute),
    perDay: textOf(proxy?.proxyMaxRequestsPerDay),
    effect: proxy?.proxyDefaultRuleEffect ?? 'allow',
    keepsBodies: proxy?.proxyCaptureBodies ?? false,
    headers: lines(proxy?.proxyAdditionalHeaders, ': '),
    query: lines(proxy?.proxyAdditionalQueryParams, '='),
  };
}

/** What is saved; the region is the target's, and never changes. */
export function proxyBodyOf(fields: ProxyFields): Record<string, unknown> {
  return {
    proxyName: fields.name,
    proxyAlias: fields.alias === '' ? null : fields.alias,
    proxyTargetId: fields.target,
    proxyProxyCredentialId: fields.caller,
    proxyTargetCredentialId: fields.credential,
    proxyEgressTarget: fields.egress.trim() === '' ? null : fields.egress.trim(),
    proxyMaxRequestsPerMinute: limitOf(fields.perMinute),
    proxyMaxRequestsPerDay: limitOf(fields.perDay),
    proxyDefaultRuleEffect: fields.effect,
    proxyCaptureBodies: fields.keepsBodies,
    proxyAdditionalHeaders: pairsOf(fields.headers, ':'),
    proxyAdditionalQueryParams: pairsOf(fields.query, '='),
  };
}
