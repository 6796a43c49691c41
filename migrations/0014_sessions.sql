-- What the clients of an account did with their proxies. Times are milliseconds since the epoch.
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY, -- sorts by registration
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  session_id TEXT NOT NULL, -- the client's own name for it
  profile_id TEXT NOT NULL,
  device TEXT NOT NULL,
  target_url TEXT,
  proxy TEXT, -- without user name and password
  country TEXT COLLATE NOCASE,
  search_text TEXT NOT NULL, -- session_id, profile_id and proxy in capitals, one a line
  status TEXT NOT NULL CHECK (status IN ('active', 'completed', 'failed')),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  duration REAL, -- seconds; null while active
  error TEXT,
  events INTEGER NOT NULL DEFAULT 0 -- how many it has
);

CREATE UNIQUE INDEX sessions_by_id ON sessions (account_id, session_id);
CREATE INDEX sessions_by_account ON sessions (account_id, number);
CREATE INDEX sessions_by_status ON sessions (account_id, status, number);

CREATE TABLE session_events (
  account_id TEXT NOT NULL,
  id INTEGER NOT NULL, -- counts from 1 in each account: tells nobody how much others do
  session_number INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
  event_type TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  details TEXT NOT NULL, -- a JSON object
  PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE INDEX session_events_by_session ON session_events (session_number, id);
CREATE INDEX session_events_by_type ON session_events (account_id, event_type, id);

-- The counters. Each is written in the transaction of what it counts.

CREATE TABLE session_groups (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  country TEXT NOT NULL COLLATE NOCASE, -- '': none
  sessions INTEGER NOT NULL,
  duration_us INTEGER NOT NULL, -- the sum of theirs, in microseconds: whole numbers don't drift
  PRIMARY KEY (account_id, status, country)
) WITHOUT ROWID;

CREATE TABLE session_event_totals (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  event_type TEXT NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (account_id, event_type)
) WITHOUT ROWID;

CREATE TABLE session_event_ids (
  account_id TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  last_id INTEGER NOT NULL
) WITHOUT ROWID;

-- How the proxies that an account named did in its sessions.
CREATE TABLE session_proxies (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  proxy TEXT NOT NULL,
  uses INTEGER NOT NULL DEFAULT 0, -- sessions that ended
  successes INTEGER NOT NULL DEFAULT 0,
  success_us INTEGER NOT NULL DEFAULT 0, -- duration of the successes, in microseconds
  failed_in_row INTEGER NOT NULL DEFAULT 0, -- outside of the times when it is disabled
  disabled_until INTEGER,
  last_used_at INTEGER NOT NULL,
  country TEXT, -- of the session that named it last
  PRIMARY KEY (account_id, proxy)
) WITHOUT ROWID;

CREATE TRIGGER session_inserted AFTER INSERT ON sessions BEGIN
  INSERT INTO session_groups (account_id, status, country, sessions, duration_us)
  VALUES (NEW.account_id, NEW.status, COALESCE(NEW.country, ''), 1, COALESCE(CAST(ROUND(NEW.duration * 1000000) AS INTEGER), 0))
  ON CONFLICT DO UPDATE SET sessions = sessions + 1, duration_us = duration_us + excluded.duration_us;
  UPDATE list_totals SET total = total + 1 WHERE list = 'active_sessions' AND NEW.status = 'active';
END;

CREATE TRIGGER session_ended AFTER UPDATE OF status ON sessions WHEN OLD.status <> NEW.status BEGIN
  UPDATE session_groups
  SET sessions = sessions - 1, duration_us = duration_us - COALESCE(CAST(ROUND(OLD.duration * 1000000) AS INTEGER), 0)
  WHERE account_id = OLD.account_id AND status = OLD.status AND country = COALESCE(OLD.country, '');
  INSERT INTO session_groups (account_id, status, country, sessions, duration_us)
  VALUES (NEW.account_id, NEW.status, COALESCE(NEW.country, ''), 1, COALESCE(CAST(ROUND(NEW.duration * 1000000) AS INTEGER), 0))
  ON CONFLICT DO UPDATE SET sessions = sessions + 1, duration_us = duration_us + excluded.duration_us;
  UPDATE list_totals SET total = total + (NEW.status = 'active') - (OLD.status = 'active') WHERE list = 'active_sessions';
END;

CREATE TRIGGER session_deleted AFTER DELETE ON sessions BEGIN
  UPDATE session_groups
  SET sessions = sessions - 1, duration_us = duration_us - COALESCE(CAST(ROUND(OLD.duration * 1000000) AS INTEGER), 0)
  WHERE account_id = OLD.account_id AND status = OLD.status AND country = COALESCE(OLD.country, '');
  UPDATE list_totals SET total = total - 1 WHERE list = 'active_sessions' AND OLD.status = 'active';
END;

INSERT INTO list_totals (list, total) VALUES ('active_sessions', 0);
