import { connect } from 'cloudflare:sockets';
import type { Connect } from './connection.ts';

/** The platform's TCP. The only place that imports it; lint holds everything else to the dialer. */
export const platformConnect: Connect = (address) => {
  return connect(address, { secureTransport: 'off', allowHalfOpen: false });
};

/** The platform's TCP with its own TLS, at once (`on`) or when asked for (`starttls`): for services by their own name. */
export function platformConnectSecurely(
  address: { hostname: string; port: number },
  secureTransport: 'on' | 'starttls',
) {
  return connect(address, { secureTransport, allowHalfOpen: false });
}
