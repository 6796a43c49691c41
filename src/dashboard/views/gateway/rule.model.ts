import type { GatewayRule } from '../../api/gateway-types.ts';

/** The form of a rule. */
export interface RuleFields {
  effect: string;
  /** `GET, POST`; empty: any. */
  methods: string;
  /** RE2; empty: any path. */
  path: string;
  notes: string;
}

export const emptyRule: RuleFields = { effect: 'deny', methods: '', path: '', notes: '' };

export function ruleBody({ effect, methods, path, notes }: RuleFields): Record<string, unknown> {
  return {
    effect,
    methods: methods
      .toUpperCase()
      .split(/[\s,]+/)
      .filter(Boolean),
    path: path === '' ? null : { pattern: path, presence: 'present' },
    notes,
  };
}

type Described = Pick<GatewayRule, 'methods' | 'path' | 'headerChecks' | 'queryChecks'>;

const wordOf = (presence: string) => (presence === 'absent' ? 'without' : 'with');

/** What a rule is about, in words. */
export function describeRule({ methods, path, headerChecks, queryChecks }: Described): string {
  const checks = [
    ...(path === null ? [] : [`path ${path.presence === 'absent' ? 'not ' : ''}matching ${path.pattern}`]),
    ...headerChecks.map(
      ({ name, value, presence }) => `${wordOf(presence)} header ${name}${value ? ` ~ ${value}` : ''}`,
    ),
    ...queryChecks.map(({ name, value, presence }) => `${wordOf(presence)} query ${name}${value ? ` ~ ${value}` : ''}`),
  ];
  return [methods.length === 0 ? 'any method' : methods.join(', '), ...checks].join(', ');
}
