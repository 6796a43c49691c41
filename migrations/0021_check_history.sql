-- How many rounds of a pool's proxies came to what, ever: written with the averages, a row that each batch of checks writes
-- anyway.
ALTER TABLE pool_averages ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pool_averages ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pool_averages ADD COLUMN inconclusive INTEGER NOT NULL DEFAULT 0;

-- The sums of these over all pools as they stood at the beginning of a minute; none where nothing had changed since the one
-- before. What an hour's checks came to is the difference between two of them.
CREATE TABLE check_samples (
  taken_at INTEGER PRIMARY KEY NOT NULL,
  passed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  inconclusive INTEGER NOT NULL
);
INSERT INTO check_samples (taken_at, passed, failed, inconclusive) VALUES (0, 0, 0, 0);
