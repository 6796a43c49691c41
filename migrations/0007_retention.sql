-- What must be found by its age, and what is left of a deleted proxy.
CREATE INDEX idempotent_answers_by_expiry ON idempotent_answers (expires_at);

-- A lease book that knew a deleted proxy hears of its end from here.
CREATE TABLE deleted_proxies (
  id TEXT PRIMARY KEY NOT NULL,
  pool_number INTEGER NOT NULL,
  ip TEXT NOT NULL,
  port INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX deleted_proxies_by_revision ON deleted_proxies (pool_number, revision);

-- How far a long walk over a table has come; the next run goes on there.
CREATE TABLE retention_walks (
  name TEXT PRIMARY KEY NOT NULL,
  after_id TEXT NOT NULL
) WITHOUT ROWID;
