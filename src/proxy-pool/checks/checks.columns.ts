import { proxies } from '../proxies/proxies.tables.ts';

/** What the checks read of a proxy; a `CheckedProxy`. */
export const checkedColumns = {
  id: proxies.id,
  ip: proxies.ip,
  port: proxies.port,
  protocol: proxies.protocol,
  username: proxies.username,
  passwordSealed: proxies.passwordSealed,
  poolNumber: proxies.poolNumber,
  status: proxies.status,
  leasable: proxies.leasable,
  anonymity: proxies.anonymity,
  exitIp: proxies.exitIp,
  country: proxies.country,
  asn: proxies.asn,
  score: proxies.score,
  avgLatencyMs: proxies.avgLatencyMs,
  uptime: proxies.uptime,
  supportsTunnel: proxies.supportsTunnel,
  round: proxies.round,
  failedRounds: proxies.failedRounds,
  lastCheckedAtMs: proxies.lastCheckedAtMs,
  lastPassedAtMs: proxies.lastPassedAtMs,
  nextCheckAtMs: proxies.nextCheckAtMs,
  diedAtMs: proxies.diedAtMs,
  revision: proxies.revision,
};
