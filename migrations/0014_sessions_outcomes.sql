-- What sessions said of proxies since the last round of each; its next round takes it in, and forgets it.
CREATE TABLE proxy_outcomes (
  proxy_id TEXT NOT NULL REFERENCES proxies (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  successes INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (proxy_id, account_id)
) WITHOUT ROWID;
