import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app-env.ts';
import { appError } from '../platform/errors/app-error.ts';
import { allows, type Scope } from './actor.ts';

/** `Authorization: Bearer KEY`, `Authorization: KEY` or `X-API-Key: KEY` (contract, "Keys"). */
function presentedKey(headers: Headers): string | null {
  const authorization = headers.get('authorization');
  if (authorization !== null) return authorization.replace(/^bearer\s+/i, '').trim();
  return headers.get('x-api-key');
}

/** Lets a request through whose key's role has the scope; sets `caller`. 401 without a good key, 429 over its limit, 403 else. */
export function requireScope(scope: Scope) {
  return createMiddleware<AppEnv>(async (context, next) => {
    const key = presentedKey(context.req.raw.headers);
    const caller = key === null ? null : await context.var.services.authentication.authenticate(key);
    if (!caller) throw appError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': 'Bearer' } });
    const limits = await context.var.services.keyLimits.enforce(caller);
    for (const [name, value] of Object.entries(limits)) context.header(name, value);
    if (!allows(caller, scope)) {
      throw appError('FORBIDDEN', { message: `This needs '${scope}'; the role '${caller.role}' does not have it.` });
    }
    context.set('caller', caller);
    await next();
  });
}
