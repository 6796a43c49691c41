import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app-env.ts';
import { appError } from '../platform/errors/app-error.ts';
import { clientAddress } from '../platform/http/client-address.ts';
import type { Services } from '../services.ts';
import { allows, type Scope } from './actor.ts';

/** `Authorization: Bearer KEY`, `Authorization: KEY` or `X-API-Key: KEY` (contract, "Keys"). */
export function presentedKey(headers: Headers): string | null {
  const authorization = headers.get('authorization');
  if (authorization !== null) return authorization.replace(/^bearer\s+/i, '').trim();
  return headers.get('x-api-key');
}

/** Whose key this is, and the headers about its limits. 401 without a good key, 429 over its limit. */
export async function admit(services: Services, key: string | null) {
  const caller = key === null ? null : await services.authentication.authenticate(key);
  if (!caller) throw appError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': 'Bearer' } });
  return { caller, limits: await services.keyLimits.enforce(caller) };
}

/** Lets a request through whose key's role has the scope; sets `caller`. As `admit`, and 403 for another role. */
export function requireScope(scope: Scope) {
  return createMiddleware<AppEnv>(async (context, next) => {
    const { caller, limits } = await admit(context.var.services, presentedKey(context.req.raw.headers));
    for (const [name, value] of Object.entries(limits)) context.header(name, value);
    if (!allows(caller, scope)) {
      throw appError('FORBIDDEN', { message: `This needs '${scope}'; the role '${caller.role}' does not have it.` });
    }
    context.set('caller', caller);
    await next();
  });
}

/** Counts a request of the sessions face toward its limit, which is by address and comes before all else. */
export const limitAddress = createMiddleware<AppEnv>(async (context, next) => {
  const limits = await context.var.services.addressLimits.enforce(clientAddress(context.req.raw.headers) ?? 'unknown');
  for (const [name, value] of Object.entries(limits)) context.header(name, value);
  await next();
});

/** As `requireScope('read')`, in the sessions face's own words: no key 401, a bad one 403; the limit is by address. */
export const requireSessionsKey = createMiddleware<AppEnv>(async (context, next) => {
  const key = presentedKey(context.req.raw.headers);
  if (key === null) throw appError('UNAUTHORIZED', { message: 'Missing API key. Provide X-API-Key header.' });
  const caller = await context.var.services.authentication.authenticate(key);
  if (!caller) throw appError('INVALID_API_KEY');
  context.set('caller', caller);
  await next();
});
