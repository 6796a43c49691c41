import type { GatewayRule } from '../../api/gateway-types.ts';

/** The form of a rule. */
export interface RuleFields {
  effect: string;
  /** `GET, POST`; empty: any. */
  methods: string;
  /** RE2; empty: any path. */
  path: string;
  pathPresence: string;
  /** Checks, one a line: `name`, `name ~ RE2`, or `!name` for one that must be absent. */
  headers: string;
  query: string;
  priority: string;
  notes: string;
}

type Check = GatewayRule['headerChecks'][number];

function linesOf(checks: readonly Check[]): string {
  return checks
    .map(({ name, value, presence }) => `${presence === 'absent' ? '!' : ''}${name}${value ? ` ~ ${value}` : ''}`)
    .join('\n');
}

function checksOf(text: string): Check[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.map((line) => {
    const [name = '', value] = line.replace(/^!/, '').split(/\s*~\s*(.*)/s, 2);
    const presence = line.startsWith('!') ? 'absent' : 'present';
    return { name: name.trim(), presence, ...(value ? { value } : {}) };
  });
}

export function ruleFieldsOf(rule: GatewayRule | null): RuleFields {
  return {
    effect: rule?.effect ?? 'deny',
    methods: rule?.methods.join(', ') ?? '',
    path: rule?.path?.pattern ?? '',
    pathPresence: rule?.path?.presence ?? 'present',
    headers: linesOf(rule?.headerChecks ?? []),
    query: linesOf(rule?.queryChecks ?? []),
    priority: String(rule?.priority ?? 0),
    notes: rule?.notes ?? '',
  };
}

export function ruleBody(fields: RuleFields): Record<string, unknown> {
  return {
    effect: fields.effect,
    methods: fields.methods
      .toUpperCase()
      .split(/[\s,]+/)
      .filter(Boolean),
    path: fields.path === '' ? null : { pattern: fields.path, presence: fields.pathPresence },
    headerChecks: checksOf(fields.headers),
    queryChecks: checksOf(fields.query),
    priority: Number(fields.priority),
    notes: fields.notes,
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
