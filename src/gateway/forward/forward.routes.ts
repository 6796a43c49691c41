import type { DataPlane } from '../../app-env.ts';
import type { Config } from '../../platform/env.ts';
import { clientAddress } from '../../platform/http/client-address.ts';
import { UNKNOWN_COUNTRY } from '../telemetry/telemetry.model.ts';
import type { GatewayCall, Visitor } from './exchange.ts';

type Geography = Config['LAB_GEO'];

const BY_ID = /^\/api\/(proxy_[0-9a-f]{32})(\/.*)?$/;
const BY_ALIAS = /^\/api\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/([a-z0-9-]{1,63})(\/.*)?$/;

/** The call that a URL stands for; null when it is none. Its path and query stay as the URL has them. */
export function readCall(url: string): GatewayCall | null {
  // Most other requests are not to pay for taking a URL apart.
  const parsed = url.includes('/api/') ? URL.parse(url) : null;
  if (!parsed) return null;
  const { pathname, search: query } = parsed;
  const [, proxyId, path = '/'] = BY_ID.exec(pathname) ?? [];
  if (proxyId !== undefined) return { name: { proxyId }, path, query };
  const [, clientId, alias, rest = '/'] = BY_ALIAS.exec(pathname) ?? [];
  if (clientId === undefined || alias === undefined) return null;
  return { name: { clientId, alias }, path: rest, query };
}

/** Who calls, as the edge says. */
function visitorOf({ headers, cf }: Request, labGeo: Geography): Visitor {
  const address = clientAddress(headers);
  const atEdge = typeof cf?.country === 'string' ? cf.country : UNKNOWN_COUNTRY;
  if (Object.keys(labGeo).length === 0) return { address, country: atEdge };
  return { address, country: labGeo[address ?? '']?.country ?? UNKNOWN_COUNTRY };
}

/** The data plane: any method, any path below a proxy's name. It takes the proxy's own credential, and no account key. */
export const gatewayCalls: DataPlane = (request) => {
  const call = readCall(request.url);
  if (!call) return null;
  return async ({ forwarder, config, processes }) => {
    await processes.assertAccepting();
    return forwarder.forward(request, call, visitorOf(request, config.LAB_GEO));
  };
};
