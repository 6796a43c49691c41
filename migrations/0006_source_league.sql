-- How good a source's proxies are: which it was the first to bring, and how long they live.
ALTER TABLE proxies ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0 CHECK (is_shared IN (0, 1)); -- another source listed it too
ALTER TABLE proxies ADD COLUMN alive_since INTEGER; -- when its running, or last, life began: its first passed round

CREATE TABLE source_figures (
  source_id TEXT PRIMARY KEY NOT NULL,
  discovered INTEGER NOT NULL, -- proxies that it was the first to bring, deleted ones included
  shared INTEGER NOT NULL -- those of them that another source listed later
) WITHOUT ROWID;

INSERT INTO source_figures (source_id, discovered, shared)
  SELECT source_id, COUNT(*), 0 FROM proxies JOIN sources ON sources.id = proxies.source_id GROUP BY source_id;

-- A life table for each source: of the lives that came to an age (a rung), how many ended before the next one.
CREATE TABLE source_lives (
  source_id TEXT NOT NULL,
  rung INTEGER NOT NULL, -- place in AGE_RUNGS_MINUTES (lives.model.ts)
  ended INTEGER NOT NULL,
  survived INTEGER NOT NULL,
  PRIMARY KEY (source_id, rung)
) WITHOUT ROWID;

CREATE TRIGGER source_figures_deleted AFTER DELETE ON sources BEGIN
  DELETE FROM source_figures WHERE source_id = OLD.id;
  DELETE FROM source_lives WHERE source_id = OLD.id;
END;
