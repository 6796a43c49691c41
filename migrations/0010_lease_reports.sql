-- What holders of leases told of their proxies: each outcome once a lease. A target is its teller's own business.
CREATE TABLE lease_reports (
  lease_id TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'dead', 'blocked')),
  proxy_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  target TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (lease_id, outcome)
) WITHOUT ROWID;

CREATE INDEX lease_reports_of_proxy ON lease_reports (proxy_id, created_at);
CREATE INDEX lease_reports_age ON lease_reports (created_at);
