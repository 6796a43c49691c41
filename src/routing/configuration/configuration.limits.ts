/** All targets are tried in order for each request, and all definitions are read for each change. */
export const MAX_TARGETS = 200;
export const MAX_POOLS = 200;
export const MAX_PROVIDERS = 200;
/** Addresses of one provider; a row has room for a few times that. */
export const MAX_PROVIDER_IPS = 1_000;
/** Addresses that a pool may ask for: what one Rotor holds in memory, and what one call takes to it. */
export const MAX_POOL_IPS = 5_000;
/** Providers that a pool draws from; it asks each once as a rule. */
export const MAX_IP_REQUESTS = 50;
export const MAX_NAME_CHARACTERS = 100;
/** Labels of metrics are kept short. */
export const MAX_REGION_TAG_CHARACTERS = 64;

/** A day between two requests of an IP. */
export const MAX_REQUEST_INTERVAL_SECONDS = 86_400;
/** A caller that waits longer has gone, or its client has. */
export const MAX_QUEUE_WAIT_SECONDS = 300;
/** Each retry costs an IP its interval. */
export const MAX_RETRIES = 10;
export const MAX_FAILURES_UNTIL_QUARANTINE = 1_000;
/** A week. */
export const MAX_QUARANTINE_SECONDS = 604_800;
