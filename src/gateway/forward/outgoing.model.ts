import { dropHopByHop, isOfCallersConnection } from '../../platform/http/passed-headers.ts';
import type { ShownSecret } from '../credentials/credential.types.ts';
import { basicCredentials, CREDENTIAL_QUERY_PARAMETER } from './shown-credential.model.ts';

/** True for the opening of a WebSocket (RFC 6455 section 4.1), which goes on to the target. */
export function opensWebSocket({ method, headers }: { method: string; headers: Headers }): boolean {
  return method === 'GET' && headers.get('upgrade')?.toLowerCase() === 'websocket';
}

export interface OutgoingParts {
  targetBaseUrl: URL;
  callerCredential: ShownSecret;
  targetCredential: ShownSecret;
  additionalHeaders: Readonly<Record<string, string>>;
  additionalQueryParams: Readonly<Record<string, string>>;
}

/** Names of query parameters that callers must not see in what the target answers. */
export function configuredParameters({ targetCredential, additionalQueryParams }: OutgoingParts): string[] {
  const names = Object.keys(additionalQueryParams);
  return targetCredential.kind === 'key' && targetCredential.inQuery ? [...names, targetCredential.name] : names;
}

/** The pairs of a query as they were written, without those of these names. */
function withoutPairs(query: string, names: ReadonlySet<string>): string[] {
  const isKept = (pair: string) =>
    pair !== '' && ![...new URLSearchParams(pair).keys()].some((name) => names.has(name));
  return query.replace(/^\?/, '').split('&').filter(isKept);
}

/**
 * The URL at the target for what follows the proxy id; null when it would leave the target's origin or its base path. The
 * caller's query is kept as it was written, except for what is configured and for its own credential.
 */
export function outgoingUrl(rest: { path: string; query: string }, parts: OutgoingParts): URL | null {
  const base = parts.targetBaseUrl;
  const basePath = base.pathname.replace(/\/+$/, '');
  // Joined as text: resolved as a reference, `//elsewhere` would be another host.
  const url = new URL(`${base.origin}${basePath}${rest.path}`);
  if (url.origin !== base.origin || !`${url.pathname}/`.startsWith(`${basePath}/`)) return null;
  const { callerCredential, targetCredential, additionalQueryParams } = parts;
  const configured = Object.entries(additionalQueryParams);
  if (targetCredential.kind === 'key' && targetCredential.inQuery) {
    configured.push([targetCredential.name, targetCredential.value]);
  }
  const dropped = new Set([CREDENTIAL_QUERY_PARAMETER, ...configured.map(([name]) => name)]);
  if (callerCredential.kind === 'key' && callerCredential.inQuery) dropped.add(callerCredential.name);
  const kept = withoutPairs(rest.query, dropped);
  const set = configured.length === 0 ? '' : new URLSearchParams([...new Map(configured)]).toString();
  url.search = [...kept, ...(set === '' ? [] : [set])].join('&');
  return url;
}

/** Puts a credential where it belongs, in place of what is there. */
export function setCredential(headers: Headers, secret: ShownSecret): void {
  if (secret.kind === 'key' && secret.inHeader) headers.set(secret.name, secret.value);
  if (secret.kind === 'bearer') headers.set('authorization', `Bearer ${secret.token}`);
  if (secret.kind === 'basic') headers.set('authorization', basicCredentials(secret.username, secret.password));
}

/**
 * Makes a copy of the caller's headers those at the target: without the caller's credential, then what is configured, the
 * target's credential last.
 */
export function setOutgoingHeaders(headers: Headers, parts: OutgoingParts): void {
  dropHopByHop(headers, isOfCallersConnection);
  const { callerCredential, targetCredential, additionalHeaders } = parts;
  if (callerCredential.kind === 'key') {
    if (callerCredential.inHeader) headers.delete(callerCredential.name);
  } else headers.delete('authorization');
  for (const [name, value] of Object.entries(additionalHeaders)) headers.set(name, value);
  setCredential(headers, targetCredential);
}
