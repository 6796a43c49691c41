export type Effect = 'allow' | 'deny';

/** `present`: it must be there (and match); `absent`: it must not. */
export type Presence = 'present' | 'absent';

/** A condition on a header or a query parameter; `value` is an RE2 pattern. */
export interface NamedCheck {
  name: string;
  value?: string | undefined;
  presence: Presence;
}

/** When a rule matches: all of it must hold. No methods: any method. */
export interface RuleConditions {
  methods: string[];
  path: { pattern: string; presence: Presence } | null;
  headerChecks: NamedCheck[];
  queryChecks: NamedCheck[];
}

/** What a rule is judged on. */
export interface JudgedRequest {
  method: string;
  /** What follows the proxy id: decoded once, dot segments resolved, with a leading `/`. */
  path: string;
  headers: Headers;
  query: URLSearchParams;
}
