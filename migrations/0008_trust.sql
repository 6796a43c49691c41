-- What is remembered of a proxy that was caught lying: one good round does not make it honest.
ALTER TABLE proxies ADD COLUMN lies INTEGER NOT NULL DEFAULT 0; -- rounds with an integrity verdict, ever
ALTER TABLE proxies ADD COLUMN probation_rounds INTEGER NOT NULL DEFAULT 0; -- to pass in a row before it may be leased
ALTER TABLE proxies ADD COLUMN caught_verdict TEXT; -- the latest
ALTER TABLE proxies ADD COLUMN caught_at INTEGER;
