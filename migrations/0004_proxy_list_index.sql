-- The living proxies of one country, best first. Partial: one that dies leaves it for nothing, one that was never alive
-- is not in it, and a check that moves no score does not write it.
CREATE INDEX proxies_by_country ON proxies (country, score DESC, id) WHERE status = 'active';
