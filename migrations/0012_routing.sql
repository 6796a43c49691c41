-- Whose proxies rotate (providers), in which groups (pools), for which destinations (targets). All of it is the operators':
-- no account owns any. Every change takes the next `routing_revision`, and fails when another one took it meanwhile.
CREATE TABLE routing_providers (
  name TEXT PRIMARY KEY NOT NULL,
  ip_list TEXT NOT NULL, -- JSON: addresses as they were given, in order; empty for one that follows the inventory
  inventory TEXT, -- JSON {protocol, country, anonymity, minScore, count}: which proxies of the inventory it follows
  members TEXT NOT NULL DEFAULT '[]', -- JSON [{proxyId, address}]: those that it has now
  region_tag TEXT,
  username TEXT,
  password_sealed TEXT,
  is_mutable INTEGER NOT NULL CHECK (is_mutable IN (0, 1)),
  created_revision INTEGER NOT NULL -- the order of creation
) WITHOUT ROWID;

CREATE TABLE routing_pools (
  name TEXT PRIMARY KEY NOT NULL,
  ip_requests TEXT NOT NULL, -- JSON [{provider, count}]
  is_mutable INTEGER NOT NULL CHECK (is_mutable IN (0, 1)),
  created_revision INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE routing_targets (
  name TEXT PRIMARY KEY NOT NULL,
  regex TEXT NOT NULL, -- RE2
  pool_name TEXT NOT NULL REFERENCES routing_pools (name),
  min_request_interval_ms INTEGER NOT NULL,
  max_queue_wait_ms INTEGER NOT NULL,
  num_retries INTEGER NOT NULL,
  ip_failures_until_quarantine INTEGER NOT NULL,
  quarantine_time_ms INTEGER NOT NULL,
  allowed_roles TEXT, -- JSON of roles; null: write and above
  is_mutable INTEGER NOT NULL CHECK (is_mutable IN (0, 1)),
  created_revision INTEGER NOT NULL, -- the order in which targets are tried
  revision INTEGER NOT NULL -- of its last change, that of its pool or a provider included
) WITHOUT ROWID;

-- Targets whose Rotor has yet to hear of a change, removed ones too. Written with the change, deleted when it has heard.
CREATE TABLE routing_pending_targets (
  target_name TEXT PRIMARY KEY NOT NULL,
  revision INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO sequences (name, value) VALUES ('routing_revision', 0);
