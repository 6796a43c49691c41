import type { ProxyChecker } from './checker.types.ts';
import { httpAnonymityChecker } from './http-anonymity.checker.ts';
import { httpIntegrityChecker } from './http-integrity.checker.ts';
import { httpsTunnelChecker } from './https-tunnel.checker.ts';
import { tcpConnectChecker } from './tcp-connect.checker.ts';

/** All checkers, in the order in which they run: by stage, then by priority. */
export const checkers: readonly ProxyChecker[] = [
  tcpConnectChecker,
  httpAnonymityChecker,
  httpIntegrityChecker,
  httpsTunnelChecker,
].toSorted((left, right) => left.stage - right.stage || left.priority - right.priority);
