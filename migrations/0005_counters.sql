-- What lists and figures would otherwise count row by row. Every row here is written in the transaction of what it counts.

-- How many proxies share pool, status, protocol, anonymity and country, and how many of them have which score.
CREATE TABLE proxy_groups (
  pool_number INTEGER NOT NULL,
  status TEXT NOT NULL,
  protocol TEXT NOT NULL,
  anonymity TEXT NOT NULL, -- '': none
  country TEXT NOT NULL, -- '': none
  proxies INTEGER NOT NULL,
  scores TEXT NOT NULL, -- JSON: score in hundredths → how many have it
  PRIMARY KEY (status, protocol, anonymity, country, pool_number)
) WITHOUT ROWID;

-- What moves with every check: written once a batch of checks and pool.
CREATE TABLE pool_averages (
  pool_number INTEGER PRIMARY KEY NOT NULL,
  timed INTEGER NOT NULL, -- active proxies that have a latency
  latency_us INTEGER NOT NULL, -- the sum of theirs, in microseconds: whole numbers don't drift
  last_checked_at INTEGER
);

-- INSERT a change here: it is added to its group, and to the averages of its pool.
CREATE VIEW proxy_group_changes AS
  SELECT pool_number, status, protocol, anonymity, country, proxies, scores, 0 AS timed, 0 AS latency_us
  FROM proxy_groups;

CREATE TRIGGER proxy_group_changed INSTEAD OF INSERT ON proxy_group_changes BEGIN
  INSERT INTO proxy_groups (pool_number, status, protocol, anonymity, country, proxies, scores)
  VALUES (NEW.pool_number, NEW.status, NEW.protocol, COALESCE(NEW.anonymity, ''), COALESCE(NEW.country, ''), NEW.proxies, NEW.scores)
  ON CONFLICT DO UPDATE SET
    proxies = proxies + NEW.proxies,
    scores = iif(NEW.scores = '{}', scores, (
      SELECT json_group_object(score, had) FROM (
        SELECT score, SUM(have) AS had FROM (
          SELECT key AS score, value AS have FROM json_each(proxy_groups.scores)
          UNION ALL SELECT key, value FROM json_each(NEW.scores)
        ) GROUP BY score HAVING SUM(have) <> 0)));
  INSERT INTO pool_averages (pool_number, timed, latency_us)
  SELECT NEW.pool_number, NEW.timed, NEW.latency_us WHERE NEW.timed <> 0 OR NEW.latency_us <> 0
  ON CONFLICT DO UPDATE SET timed = timed + NEW.timed, latency_us = latency_us + NEW.latency_us;
END;

CREATE TRIGGER proxy_inserted AFTER INSERT ON proxies BEGIN
  INSERT INTO proxy_group_changes VALUES (
    NEW.pool_number, NEW.status, NEW.protocol, NEW.anonymity, NEW.country, 1,
    iif(NEW.score IS NULL, '{}', json_object(printf('%.0f', NEW.score * 100), 1)),
    NEW.status = 'active' AND NEW.avg_latency_ms IS NOT NULL,
    iif(NEW.status = 'active', COALESCE(CAST(ROUND(NEW.avg_latency_ms * 1000) AS INTEGER), 0), 0));
END;

CREATE TRIGGER checked_proxy_inserted AFTER INSERT ON proxies WHEN NEW.last_checked_at IS NOT NULL BEGIN
  INSERT INTO pool_averages (pool_number, timed, latency_us, last_checked_at)
  VALUES (NEW.pool_number, 0, 0, NEW.last_checked_at)
  ON CONFLICT DO UPDATE SET last_checked_at = MAX(COALESCE(last_checked_at, 0), NEW.last_checked_at);
END;

CREATE TRIGGER proxy_deleted AFTER DELETE ON proxies BEGIN
  INSERT INTO proxy_group_changes VALUES (
    OLD.pool_number, OLD.status, OLD.protocol, OLD.anonymity, OLD.country, -1,
    iif(OLD.score IS NULL, '{}', json_object(printf('%.0f', OLD.score * 100), -1)),
    -(OLD.status = 'active' AND OLD.avg_latency_ms IS NOT NULL),
    -iif(OLD.status = 'active', COALESCE(CAST(ROUND(OLD.avg_latency_ms * 1000) AS INTEGER), 0), 0));
END;

-- The checks move the round, and count for themselves, once for all rows of a batch: a trigger would pay for each.
CREATE TRIGGER proxy_updated
AFTER UPDATE OF pool_number, status, protocol, anonymity, country, score, avg_latency_ms ON proxies
WHEN OLD.round = NEW.round BEGIN
  INSERT INTO proxy_group_changes VALUES (
    OLD.pool_number, OLD.status, OLD.protocol, OLD.anonymity, OLD.country, -1,
    iif(OLD.score IS NULL, '{}', json_object(printf('%.0f', OLD.score * 100), -1)),
    -(OLD.status = 'active' AND OLD.avg_latency_ms IS NOT NULL),
    -iif(OLD.status = 'active', COALESCE(CAST(ROUND(OLD.avg_latency_ms * 1000) AS INTEGER), 0), 0));
  INSERT INTO proxy_group_changes VALUES (
    NEW.pool_number, NEW.status, NEW.protocol, NEW.anonymity, NEW.country, 1,
    iif(NEW.score IS NULL, '{}', json_object(printf('%.0f', NEW.score * 100), 1)),
    NEW.status = 'active' AND NEW.avg_latency_ms IS NOT NULL,
    iif(NEW.status = 'active', COALESCE(CAST(ROUND(NEW.avg_latency_ms * 1000) AS INTEGER), 0), 0));
END;

INSERT INTO proxy_groups (pool_number, status, protocol, anonymity, country, proxies, scores)
  SELECT pool_number, status, protocol, anonymity, country, SUM(have),
    json_group_object(score, have) FILTER (WHERE score IS NOT NULL)
  FROM (
    SELECT pool_number, status, protocol, COALESCE(anonymity, '') AS anonymity, COALESCE(country, '') AS country,
      printf('%.0f', score * 100) AS score, COUNT(*) AS have
    FROM proxies WHERE score IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
    UNION ALL
    SELECT pool_number, status, protocol, COALESCE(anonymity, ''), COALESCE(country, ''), NULL, COUNT(*)
    FROM proxies WHERE score IS NULL GROUP BY 1, 2, 3, 4, 5
  ) GROUP BY 1, 2, 3, 4, 5;

INSERT INTO pool_averages (pool_number, timed, latency_us, last_checked_at)
  SELECT pool_number, COUNT(*) FILTER (WHERE status = 'active' AND avg_latency_ms IS NOT NULL),
    COALESCE(SUM(CAST(ROUND(avg_latency_ms * 1000) AS INTEGER)) FILTER (WHERE status = 'active'), 0), MAX(last_checked_at)
  FROM proxies GROUP BY pool_number;

-- The totals of the other lists.
CREATE TABLE list_totals (
  list TEXT PRIMARY KEY NOT NULL, -- 'accounts', 'sources' or 'active_sources'
  total INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO list_totals (list, total) VALUES
  ('accounts', (SELECT COUNT(*) FROM accounts)),
  ('sources', (SELECT COUNT(*) FROM sources)),
  ('active_sources', (SELECT COUNT(*) FROM sources WHERE is_active = 1));

CREATE TRIGGER account_inserted AFTER INSERT ON accounts BEGIN
  UPDATE list_totals SET total = total + 1 WHERE list = 'accounts';
END;
CREATE TRIGGER account_deleted AFTER DELETE ON accounts BEGIN
  UPDATE list_totals SET total = total - 1 WHERE list = 'accounts';
END;
CREATE TRIGGER source_inserted AFTER INSERT ON sources BEGIN
  UPDATE list_totals SET total = total + 1 WHERE list = 'sources' OR (list = 'active_sources' AND NEW.is_active = 1);
END;
CREATE TRIGGER source_deleted AFTER DELETE ON sources BEGIN
  UPDATE list_totals SET total = total - 1 WHERE list = 'sources' OR (list = 'active_sources' AND OLD.is_active = 1);
END;
CREATE TRIGGER source_updated AFTER UPDATE OF is_active ON sources WHEN OLD.is_active <> NEW.is_active BEGIN
  UPDATE list_totals SET total = total + NEW.is_active - OLD.is_active WHERE list = 'active_sources';
END;

CREATE INDEX sources_by_scrape ON sources (last_scraped_at);
