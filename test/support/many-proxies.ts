export interface ManyProxies {
  count: number;
  poolNumber: number;
  /** Octet of their addresses `10.x.…`, so that several lots don't meet. */
  addressBlock: number;
  /** Of the first; each next one has the next. Books pull proxies by it. */
  firstRevision: number;
}

const COUNTRIES = ['US', 'DE', 'FR', 'GB', 'NL', 'BR', 'IN', 'ID', 'RU', 'JP'];

/**
 * A statement that stores many living proxies of all protocols, anonymities and ten countries, with scores spread over
 * the hundredths. Nothing is due for a check.
 */
export function manyProxiesStatement({ count, poolNumber, addressBlock, firstRevision }: ManyProxies): string {
  const countries = COUNTRIES.map((country, index) => `WHEN ${index} THEN '${country}'`).join(' ');
  return `
    INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, anonymity, country, score,
      avg_latency_ms, uptime, round, first_seen_at, last_seen_at, last_checked_at, last_passed_at, revision)
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${count})
    SELECT printf('0190%04x-0000-7000-8000-%012x', ${addressBlock}, n),
      printf('10.%d.%d.%d', ${addressBlock} + n / 65536, n / 256 % 256, n % 256), 8080,
      CASE n % 4 WHEN 0 THEN 'http' WHEN 1 THEN 'https' WHEN 2 THEN 'socks4' ELSE 'socks5' END,
      ${poolNumber}, 'active', 1,
      CASE n / 4 % 3 WHEN 0 THEN 'elite' WHEN 1 THEN 'anonymous' ELSE 'transparent' END,
      CASE n / 12 % ${COUNTRIES.length} ${countries} END,
      n * 7919 % 101 / 100.0, 100, 1, 1, 0, 0, 1, 1, ${firstRevision} + n
    FROM numbers`;
}
