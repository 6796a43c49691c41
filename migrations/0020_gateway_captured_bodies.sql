-- Whether the request log also keeps what a gateway proxy's calls carry: the first 16 KiB of each body, redacted.
ALTER TABLE gateway_proxies ADD COLUMN captures_bodies INTEGER NOT NULL DEFAULT 0;
