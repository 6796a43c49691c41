-- The routing target whose rotating IPs a gateway proxy's calls go out through, by name: it may be gone, and come back.
ALTER TABLE gateway_proxies ADD COLUMN egress_target TEXT; -- null: directly
