-- Who hears of events, and what became of each event for each of them.
CREATE TABLE notifiers (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL, -- the plugin
  settings TEXT NOT NULL, -- JSON, in the plugin's own form; no secret
  secret_sealed TEXT, -- JSON of the secret, and of the one before it during a rotation; encrypted
  previous_secret_until INTEGER, -- the secret before this one counts until then; null: there is none
  events TEXT NOT NULL, -- JSON: patterns such as "credits.*"
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  disabled_reason TEXT, -- why the service itself switched it off
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  last_delivered_at INTEGER,
  last_failed_at INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The key makes a delivery happen once for an event and a notifier, however often the event is handed over.
CREATE TABLE notifier_deliveries (
  notifier_id TEXT NOT NULL REFERENCES notifiers (id) ON DELETE CASCADE,
  event_id TEXT NOT NULL, -- UUID v7: sorts by time
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER, -- null unless pending; while an attempt runs: when it is given up for lost
  last_attempt_at INTEGER,
  response_status INTEGER,
  last_error TEXT,
  delivered_at INTEGER,
  PRIMARY KEY (notifier_id, event_id)
) WITHOUT ROWID;

CREATE INDEX notifier_deliveries_due ON notifier_deliveries (notifier_id, next_attempt_at) WHERE status = 'pending';

-- Whether a pool was last seen full or low; none while it was never full. Tells a fall from a pool that is being filled.
CREATE TABLE pool_levels (
  pool_number INTEGER PRIMARY KEY NOT NULL REFERENCES pools (number),
  level TEXT NOT NULL CHECK (level IN ('full', 'low')),
  changed_at INTEGER NOT NULL
);
