-- Proxies of the inventory that the lease books are to keep for the providers that follow it. Written before a book is asked
-- and deleted before it is told to let go: what a book keeps is always among these, or let go within a minute.
CREATE TABLE routing_holds (
  proxy_id TEXT PRIMARY KEY NOT NULL, -- so it has one provider
  pool_number INTEGER NOT NULL, -- whose book keeps it
  provider TEXT NOT NULL,
  address TEXT NOT NULL, -- scheme://ip:port, as the Rotors name it
  joined_revision INTEGER NOT NULL, -- of the change that asked for it
  draining TEXT NOT NULL -- JSON: targets that had it, and may have a request on it still
) WITHOUT ROWID;
