import { DialError } from '../../platform/net/dialer.ts';
import { type ProxyChecker, STAGE_TIMEOUT_MS } from './checker.types.ts';
import { failedDial, passed } from './findings.ts';

/** Stage 1: somebody accepts connections at the proxy's address. */
export const tcpConnectChecker: ProxyChecker = {
  name: 'tcp_connect',
  stage: 1,
  priority: 0,
  async check({ proxy, dialer, opened, remainingMs }) {
    try {
      const limitMs = Math.min(STAGE_TIMEOUT_MS, remainingMs());
      const connection = await dialer.openTcp(proxy, { tcpMs: limitMs, totalMs: limitMs });
      opened.connection = connection;
      return passed({ detail: 'TCP connect OK', latencyMs: connection.tcpMs });
    } catch (error) {
      if (error instanceof DialError) return failedDial(error);
      throw error;
    }
  },
};
