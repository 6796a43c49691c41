-- What a gateway proxy's calls were like, by minute, hour, day and month. Each row is absolute: written again it says more.
CREATE TABLE gateway_telemetry (
  proxy_id TEXT NOT NULL REFERENCES gateway_proxies (id) ON DELETE CASCADE,
  interval TEXT NOT NULL CHECK (interval IN ('minute', 'hour', 'day', 'month')),
  started_at INTEGER NOT NULL,
  tallies TEXT NOT NULL, -- JSON {codes, countries}: "200:proxy" → [count, seconds]
  ewma_seconds REAL NOT NULL, -- as it stood at the end of the interval
  revision INTEGER NOT NULL, -- grows with what is in it; of a longer interval the sum over the shorter ones
  is_rolled_up INTEGER NOT NULL CHECK (is_rolled_up IN (0, 1)), -- 1: all of it is in the longer interval
  PRIMARY KEY (proxy_id, interval, started_at)
) WITHOUT ROWID;

CREATE INDEX gateway_telemetry_by_age ON gateway_telemetry (interval, started_at);
CREATE INDEX gateway_telemetry_pending ON gateway_telemetry (proxy_id, interval, started_at) WHERE is_rolled_up = 0;
