-- Where proxies come from, the proxies, and what their checks found.
CREATE TABLE pools (
  number INTEGER PRIMARY KEY NOT NULL CHECK (number BETWEEN 0 AND 4095), -- fits the 12 bits of a lease id
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
);

INSERT INTO pools (number, name, created_at) VALUES (0, 'default', 0);

CREATE TABLE sources (
  id TEXT PRIMARY KEY NOT NULL,
  url TEXT NOT NULL UNIQUE,
  parser_name TEXT NOT NULL,
  cron_schedule TEXT, -- null: the parser's default
  default_protocol TEXT NOT NULL CHECK (default_protocol IN ('http', 'https', 'socks4', 'socks5')),
  pool_number INTEGER NOT NULL DEFAULT 0 REFERENCES pools (number),
  headers_sealed TEXT, -- JSON of request headers, encrypted
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  next_scrape_at INTEGER,
  last_scraped_at INTEGER,
  last_error TEXT,
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX sources_due ON sources (next_scrape_at) WHERE is_active = 1;

CREATE TABLE proxies (
  id TEXT PRIMARY KEY NOT NULL,
  ip TEXT NOT NULL,
  port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
  protocol TEXT NOT NULL CHECK (protocol IN ('http', 'https', 'socks4', 'socks5')),
  pool_number INTEGER NOT NULL REFERENCES pools (number),
  source_id TEXT, -- the source that found it first; it may be gone
  username TEXT,
  password_sealed TEXT,
  status TEXT NOT NULL CHECK (status IN ('unchecked', 'active', 'dead', 'unsupported')),
  leasable INTEGER NOT NULL DEFAULT 0 CHECK (leasable IN (0, 1)), -- active, and its last round passed
  anonymity TEXT CHECK (anonymity IN ('transparent', 'anonymous', 'elite')),
  exit_ip TEXT,
  country TEXT,
  asn INTEGER,
  score REAL, -- 0 to 1, two decimals
  avg_latency_ms REAL, -- exponentially weighted
  uptime REAL, -- 0 to 1, exponentially weighted
  supports_tunnel INTEGER CHECK (supports_tunnel IN (0, 1)),
  tags TEXT NOT NULL DEFAULT '{}',
  round INTEGER NOT NULL DEFAULT 0, -- counts finished check rounds; a result that names another round changes nothing
  failed_rounds INTEGER NOT NULL DEFAULT 0, -- in a row
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL, -- coarse: written at most daily
  last_checked_at INTEGER,
  last_passed_at INTEGER,
  next_check_at INTEGER, -- null: never
  died_at INTEGER,
  revision INTEGER NOT NULL DEFAULT 0, -- place in the order of changes that a lease book must hear of; 0: none yet
  UNIQUE (ip, port, protocol)
) WITHOUT ROWID;

CREATE INDEX proxies_by_score ON proxies (status, score DESC, id);
-- The active ones are few and found by status; indexing their ever-moving times would cost a row a check.
CREATE INDEX proxies_due ON proxies (next_check_at) WHERE status IN ('unchecked', 'dead');
CREATE INDEX proxies_by_revision ON proxies (pool_number, revision) WHERE revision > 0;

CREATE TABLE proxy_checks (
  proxy_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  results TEXT NOT NULL, -- JSON: [{checker_name, stage, passed, inconclusive, latency_ms, detail, verdict}]
  PRIMARY KEY (proxy_id, round)
) WITHOUT ROWID;

-- The checks of one minute, as far as they failed: enough to see that all fail because we do.
CREATE TABLE sweeps (
  started_at INTEGER PRIMARY KEY NOT NULL, -- the minute
  failed INTEGER NOT NULL, -- previously good proxies that failed in it
  suspect_at INTEGER -- when its failures were first held to be our own
) WITHOUT ROWID;

CREATE TABLE sequences (
  name TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO sequences (name, value) VALUES ('proxy_revision', 0);
