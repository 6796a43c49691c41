-- Accounts, the hashes of their keys, and one-time invites. Times are milliseconds since the epoch.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE, -- the address in lower case: two spellings are one account
  display_name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'viewer')),
  disabled_at INTEGER,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  key_hash TEXT NOT NULL UNIQUE, -- SHA-256 of the key, hex; the key itself is kept nowhere
  prefix TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER, -- coarse: written at most once an hour
  revoked_at INTEGER
) WITHOUT ROWID;

CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);

CREATE TABLE invites (
  code_hash TEXT PRIMARY KEY NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_by TEXT,
  used_at INTEGER
) WITHOUT ROWID;

-- The account behind the secret ADMIN_API_KEY.
INSERT INTO accounts (id, email, email_key, display_name, role, created_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'admin@switchyard.invalid', 'admin@switchyard.invalid', 'Built-in admin', 'admin', 0);
