import { connect } from 'cloudflare:sockets';
import type { Connect } from './connection.ts';

/** The platform's TCP. The only place that imports it; lint holds everything else to the dialer. */
export const platformConnect: Connect = (address) => {
  return connect(address, { secureTransport: 'off', allowHalfOpen: false });
};
