import { isOfCallersConnection, passedFields } from '../../platform/http/passed-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
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

/** The header field that a credential is shown in; null: it stands elsewhere. */
function credentialField(secret: ShownSecret): HeaderPair | null {
  if (secret.kind === 'key') return secret.inHeader ? [secret.name.toLowerCase(), secret.value] : null;
  if (secret.kind === 'bearer') return ['authorization', `Bearer ${secret.token}`];
  return secret.kind === 'basic' ? ['authorization', basicCredentials(secret.username, secret.password)] : null;
}

/** Fields with these in place of those of the same names. */
function withFields(fields: readonly HeaderPair[], set: readonly HeaderPair[]): HeaderPair[] {
  return [...fields.filter(([name]) => !set.some(([own]) => own === name)), ...set];
}

/** Puts a credential where it belongs, in place of what is there. */
export function withCredential(fields: readonly HeaderPair[], secret: ShownSecret): HeaderPair[] {
  const field = credentialField(secret);
  return withFields(fields, field === null ? [] : [field]);
}

/**
 * The header fields at the target, out of the caller's (names in lower case): without the caller's credential, then what is
 * configured, the target's credential last.
 */
export function outgoingFields(callers: readonly HeaderPair[], encodings: string, parts: OutgoingParts): HeaderPair[] {
  const { callerCredential, targetCredential, additionalHeaders } = parts;
  // Where callers show no key, nothing that they show us goes on.
  const ofCaller = callerCredential.kind === 'key' ? credentialField(callerCredential)?.[0] : 'authorization';
  const kept = passedFields(callers, (name) => name === ofCaller || isOfCallersConnection(name));
  const configured = Object.entries(additionalHeaders).map(([name, value]): HeaderPair => [name.toLowerCase(), value]);
  return withCredential(withFields(withFields(kept, [['accept-encoding', encodings]]), configured), targetCredential);
}
