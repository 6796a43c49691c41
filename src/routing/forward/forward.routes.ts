import { admit } from '../../accounts/auth.middleware.ts';
import type { DataPlane } from '../../app-env.ts';
import { appError, throwWithHeaders } from '../../platform/errors/app-error.ts';
import { clientAddress } from '../../platform/http/client-address.ts';
import { destinationOf, presentedForwardKey } from './forward-request.model.ts';

/** The routing data plane: any method, below /forward/ or, with `X-Proxy-Hopper-Target`, at whatever path. */
export const routedRequests: DataPlane = (request) => {
  const destination = destinationOf(request.url, request.headers);
  if (destination.kind === 'none') return null;
  return async (services) => {
    const presented = presentedForwardKey(request.headers);
    const { caller, limits } = await admit(services, presented?.key ?? null);
    if (destination.kind === 'bad') {
      throw appError('VALIDATION_ERROR', { message: destination.problem, headers: limits });
    }
    const { url } = destination;
    const remoteAddress = clientAddress(request.headers);
    const keySource = presented?.source ?? 'authorization';
    const forwarding = services.forwarding.forward(request, { caller, keySource, url, remoteAddress });
    const response = await forwarding.catch(throwWithHeaders(limits));
    for (const [name, value] of Object.entries(limits)) response.headers.set(name, value);
    return response;
  };
};
