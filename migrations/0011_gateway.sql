-- The gateway: whose API calls go where, with which stored credential, by which rules. What is in use can't be deleted:
-- foreign keys see to it. Deleting an account takes all of it along.
CREATE TABLE gateway_clients (
  id TEXT PRIMARY KEY NOT NULL, -- the default client has its account's id
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX gateway_clients_by_account ON gateway_clients (account_id);

CREATE TABLE gateway_credentials (
  id TEXT PRIMARY KEY NOT NULL,
  client_id TEXT NOT NULL REFERENCES gateway_clients (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('proxy', 'target')),
  auth_type TEXT NOT NULL,
  region TEXT NOT NULL,
  secret_sealed TEXT NOT NULL, -- JSON, encrypted; bound to the row's id
  default_rule_effect TEXT NOT NULL CHECK (default_rule_effect IN ('allow', 'deny')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX gateway_credentials_by_client ON gateway_credentials (client_id);

CREATE TABLE gateway_targets (
  id TEXT PRIMARY KEY NOT NULL,
  client_id TEXT NOT NULL REFERENCES gateway_clients (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  base_url TEXT NOT NULL,
  test_path TEXT,
  default_rule_effect TEXT NOT NULL CHECK (default_rule_effect IN ('allow', 'deny')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX gateway_targets_by_client ON gateway_targets (client_id);

CREATE TABLE gateway_proxies (
  id TEXT PRIMARY KEY NOT NULL,
  client_id TEXT NOT NULL REFERENCES gateway_clients (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  proxy_credential_id TEXT NOT NULL REFERENCES gateway_credentials (id),
  target_id TEXT NOT NULL REFERENCES gateway_targets (id),
  target_credential_id TEXT NOT NULL REFERENCES gateway_credentials (id),
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  default_rule_effect TEXT NOT NULL CHECK (default_rule_effect IN ('allow', 'deny')),
  alias TEXT,
  additional_headers TEXT NOT NULL, -- JSON objects, these three
  additional_query_params TEXT NOT NULL,
  additional_data TEXT NOT NULL,
  max_requests_per_minute INTEGER, -- null: no limit
  max_requests_per_day INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (client_id, alias)
) WITHOUT ROWID;

CREATE INDEX gateway_proxies_by_proxy_credential ON gateway_proxies (proxy_credential_id);
CREATE INDEX gateway_proxies_by_target ON gateway_proxies (target_id);
CREATE INDEX gateway_proxies_by_target_credential ON gateway_proxies (target_credential_id);

CREATE TABLE gateway_rules (
  id TEXT PRIMARY KEY NOT NULL,
  client_id TEXT NOT NULL REFERENCES gateway_clients (id) ON DELETE CASCADE,
  parent_id TEXT NOT NULL, -- the credential, target or proxy that it guards; deleted with it
  effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
  conditions TEXT NOT NULL, -- JSON {methods, path, headerChecks, queryChecks}
  priority INTEGER NOT NULL,
  notes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX gateway_rules_by_parent ON gateway_rules (parent_id);
CREATE INDEX gateway_rules_by_client ON gateway_rules (client_id);

-- Every account has a client from its first moment on.
CREATE TRIGGER gateway_default_client AFTER INSERT ON accounts BEGIN
  INSERT INTO gateway_clients (id, account_id, name, created_at, updated_at)
  VALUES (NEW.id, NEW.id, 'Default', NEW.created_at, NEW.created_at);
END;

INSERT INTO gateway_clients (id, account_id, name, created_at, updated_at)
SELECT id, id, 'Default', created_at, created_at FROM accounts;

CREATE TRIGGER gateway_rules_of_credential AFTER DELETE ON gateway_credentials BEGIN
  DELETE FROM gateway_rules WHERE parent_id = OLD.id;
END;
CREATE TRIGGER gateway_rules_of_target AFTER DELETE ON gateway_targets BEGIN
  DELETE FROM gateway_rules WHERE parent_id = OLD.id;
END;
CREATE TRIGGER gateway_rules_of_proxy AFTER DELETE ON gateway_proxies BEGIN
  DELETE FROM gateway_rules WHERE parent_id = OLD.id;
END;
