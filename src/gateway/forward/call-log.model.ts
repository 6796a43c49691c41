import type { ProxiedRequest, TargetLeg } from '../../ops/requests/request-log.types.ts';
import { lengthIn } from '../../platform/http/passed-body.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import type { ShownSecret } from '../credentials/credential.types.ts';
import { withoutParameters } from './answer-headers.model.ts';
import type { Exchange, TargetOutcome } from './exchange.ts';
import { configuredParameters, type OutgoingParts } from './outgoing.model.ts';
import { CREDENTIAL_QUERY_PARAMETER, secretTexts } from './shown-credential.model.ts';

const HIDDEN = '[redacted]';

/** What the caller was answered. */
export interface CallerAnswer {
  status: number;
  fields: readonly HeaderPair[];
  atMs: number;
}

/** The length that a body is announced with. */
function announcedBytes(fields: readonly HeaderPair[]): number | null {
  return lengthIn(fields.find(([name]) => name === 'content-length')?.[1] ?? null);
}

/** Header fields without the values of these names. */
function hideFields(fields: readonly HeaderPair[], names: readonly string[]): HeaderPair[] {
  const hidden = new Set(names.map((name) => name.toLowerCase()));
  return fields.map((field) => (hidden.has(field[0]) ? [field[0], HIDDEN] : field));
}

function headerOf(secret: ShownSecret): string[] {
  return secret.kind === 'key' && secret.inHeader ? [secret.name] : ['authorization'];
}

function parameterOf(secret: ShownSecret): string[] {
  return secret.kind === 'key' && secret.inQuery ? [secret.name] : [];
}

function targetLeg(outcome: TargetOutcome): TargetLeg {
  const { url, parts, sent, sentBytes, answered, status, durationMs, error, attempts, proxy } = outcome;
  const { targetCredential, additionalHeaders } = parts;
  return {
    url: withoutParameters(url, new Set(configuredParameters(parts))),
    statusCode: status,
    durationMs,
    error,
    proxy,
    attempts,
    requestHeaders: hideFields(sent, [...headerOf(targetCredential), ...Object.keys(additionalHeaders)]),
    responseHeaders: answered ?? [],
    requestBytes: sentBytes,
    responseBytes: answered && announcedBytes(answered),
  };
}

/** Everything that one of the two credentials could be known by. */
function secretsOf(callerCredential: ShownSecret, parts: OutgoingParts | undefined): string[] {
  return [...secretTexts(callerCredential), ...(parts ? secretTexts(parts.targetCredential) : [])];
}

/** A call as the request log takes it: without either credential, and without what the proxy adds to URLs and headers. */
export function toProxiedRequest(exchange: Exchange, { status, fields, atMs }: CallerAnswer): ProxiedRequest {
  const { snapshot, visitor, request, callersFields, call, startedAtMs, target } = exchange;
  const callerCredential = snapshot.callerCredential.reveal();
  const shownIn = new Set([CREDENTIAL_QUERY_PARAMETER, ...parameterOf(callerCredential)]);
  return {
    accountId: snapshot.accountId,
    face: 'gateway',
    subdomain: snapshot.alias ?? snapshot.proxyId,
    method: request.method,
    url: withoutParameters(`${call.path}${call.query}`, shownIn),
    statusCode: status,
    startedAtMs,
    durationMs: atMs - startedAtMs,
    remoteAddress: visitor.address,
    tag: null,
    caller: {
      requestHeaders: hideFields(callersFields, headerOf(callerCredential)),
      responseHeaders: fields,
      requestBytes: announcedBytes(callersFields),
      responseBytes: announcedBytes(fields),
    },
    target: target && targetLeg(target),
    secrets: secretsOf(callerCredential, target?.parts),
  };
}
