import type { HeaderPair, LoggedBody } from '../../platform/log/redact-exchange.ts';

/** What went over one side of a proxied request: header fields, and body bytes where they were counted. */
export interface LegTraffic {
  requestHeaders: Iterable<HeaderPair>;
  responseHeaders: Iterable<HeaderPair>;
  requestBytes: number | null;
  responseBytes: number | null;
}

/** The target's side. */
export interface TargetLeg extends LegTraffic {
  /** Absolute. */
  url: string;
  /** Null: it could not be reached. */
  statusCode: number | null;
  durationMs: number;
  /** Why it could not be reached, in words. */
  error: string | null;
  /** `scheme://ip:port` of the proxy between, or null without one. */
  proxy: string | null;
  /** Tries that were made, the last one included. */
  attempts: number;
}

/** A proxied request as its data plane tells of it: nothing in it needs to be redacted before. */
export interface ProxiedRequest {
  /** Whose log it goes to. */
  accountId: string;
  face: 'gateway' | 'routing';
  /** Alias (else the id) of the gateway proxy, or name of the routing target. */
  subdomain: string;
  method: string;
  /** What follows the alias, with its query. */
  url: string;
  /** What the caller got. */
  statusCode: number;
  startedAtMs: number;
  durationMs: number;
  remoteAddress: string | null;
  /** `X-Proxy-Hopper-Tag`, or null. */
  tag: string | null;
  /** The caller's side. */
  caller: LegTraffic;
  /** Null: refused before anything was sent. */
  target: TargetLeg | null;
  /** Captured bodies, when the owner asked for them. Longer ones are cut. */
  requestBody?: Uint8Array;
  responseBody?: Uint8Array;
  /** Values that were injected or presented: masked wherever they stand. */
  secrets?: readonly string[];
}

/** One side as it is kept. */
export interface KeptTraffic {
  requestHeaders: HeaderPair[];
  responseHeaders: HeaderPair[];
  requestBytes: number | null;
  responseBytes: number | null;
}

/** What a list or a stream shows of a request. */
export interface RequestSummary {
  accountId: string;
  face: ProxiedRequest['face'];
  subdomain: string;
  method: string;
  url: string;
  statusCode: number;
  startedAtMs: number;
  durationMs: number;
  remoteAddress: string | null;
  tag: string | null;
}

/** The rest of it, redacted. */
export interface RequestDetail {
  caller: KeptTraffic;
  target: (KeptTraffic & Omit<TargetLeg, keyof LegTraffic>) | null;
  requestBody: LoggedBody | null;
  responseBody: LoggedBody | null;
}

/** As it goes to its shard, and is stored there. `detail` is JSON: a text takes a fraction of the time that its arrays would. */
export type RequestEntry = RequestSummary & { detail: string };

/** A kept request; its position counts what was ever written to its shard. */
export type KeptSummary = RequestSummary & { position: number };
export type KeptRequest = KeptSummary & { detail: RequestDetail };
/** As it is stored. */
export type StoredRequest = KeptSummary & RequestEntry;

export interface RequestFilters {
  /** Null: of all accounts. */
  accountId: string | null;
  subdomain?: string | undefined;
  method?: string | undefined;
  minStatus?: number | undefined;
  maxStatus?: number | undefined;
}

export interface RequestPage {
  /** Newest first. */
  requests: KeptSummary[];
  /** Matches before the limit. */
  totalCount: number;
}
