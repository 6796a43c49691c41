import { compilePattern, type Pattern } from '../../platform/pattern.ts';
import type { Effect, JudgedRequest, NamedCheck, Presence, RuleConditions } from './rules.types.ts';

export const gateNames = ['proxyCredential', 'targetCredential', 'proxy', 'target'] as const;
export type GateName = (typeof gateNames)[number];

export interface GateRule {
  id: string;
  effect: Effect;
  conditions: RuleConditions;
  /** Among rules of the same effect the lowest is the one that is named as deciding. */
  priority: number;
}

export interface GateDefinition {
  name: GateName;
  defaultEffect: Effect;
  rules: readonly GateRule[];
}

/** What a gate decided, and by what: a rule, or its default when none matched. */
export interface GateDecision {
  gate: GateName;
  effect: Effect;
  decidedBy: 'rule' | 'default';
  ruleId: string | null;
}

export interface Verdict {
  allowed: boolean;
  /** In the order of `gateNames`. */
  gates: GateDecision[];
}

/** A text too long to be judged, or a stored pattern that no longer compiles: it counts against the caller. */
const UNJUDGEABLE = Symbol('unjudgeable');

type Outcome = boolean | typeof UNJUDGEABLE;
type Check = (request: JudgedRequest) => Outcome;

function matchAny(pattern: Pattern, texts: readonly string[]): Outcome {
  if (texts.some((text) => text.length > pattern.maxCharacters)) return UNJUDGEABLE;
  return texts.some((text) => pattern.isFoundIn(text));
}

function compileCheck(pattern: string | undefined, presence: Presence, textsOf: (request: JudgedRequest) => string[]) {
  const wanted = presence === 'present';
  const compiled = pattern === undefined ? null : compilePattern(pattern);
  const check: Check = (request) => {
    const texts = textsOf(request);
    if (compiled === null) return texts.length > 0 === wanted;
    const outcome = compiled.ok ? matchAny(compiled.pattern, texts) : UNJUDGEABLE;
    return outcome === UNJUDGEABLE ? outcome : outcome === wanted;
  };
  return check;
}

function headerTexts({ name }: NamedCheck) {
  return ({ headers }: JudgedRequest) => {
    const value = headers.get(name);
    return value === null ? [] : [value];
  };
}

function compileRule({ conditions, ...rule }: GateRule) {
  const methods = new Set(conditions.methods.map((method) => method.toUpperCase()));
  const checks: Check[] = [
    ...(conditions.path
      ? [compileCheck(conditions.path.pattern, conditions.path.presence, (request) => [request.path])]
      : []),
    ...conditions.headerChecks.map((check) => compileCheck(check.value, check.presence, headerTexts(check))),
    ...conditions.queryChecks.map((check) =>
      compileCheck(check.value, check.presence, ({ query }) => query.getAll(check.name)),
    ),
  ];
  /** A deny rule that can't be judged matches; an allow rule that can't does not. */
  const matches = (request: JudgedRequest): boolean => {
    if (methods.size > 0 && !methods.has(request.method.toUpperCase())) return false;
    return checks.every((check) => {
      const outcome = check(request);
      return outcome === UNJUDGEABLE ? rule.effect === 'deny' : outcome;
    });
  };
  return { ...rule, matches };
}

function compileGate({ name, defaultEffect, rules }: GateDefinition) {
  const compiled = [...rules].sort((left, right) => left.priority - right.priority).map(compileRule);
  const denying = compiled.filter(({ effect }) => effect === 'deny');
  const allowing = compiled.filter(({ effect }) => effect === 'allow');
  return (request: JudgedRequest): GateDecision => {
    const rule = [...denying, ...allowing].find(({ matches }) => matches(request));
    if (rule) return { gate: name, effect: rule.effect, decidedBy: 'rule', ruleId: rule.id };
    return { gate: name, effect: defaultEffect, decidedBy: 'default', ruleId: null };
  };
}

/**
 * Compiles the four gates of a gateway proxy into one judge. All must allow. In a gate any matching deny denies, else a
 * matching allow allows, else its default effect decides (contract, "Gateway face").
 */
export function compileGates(gates: readonly GateDefinition[]): (request: JudgedRequest) => Verdict {
  const compiled = gates.map(compileGate);
  return (request) => {
    const decisions = compiled.map((gate) => gate(request));
    return { allowed: decisions.every(({ effect }) => effect === 'allow'), gates: decisions };
  };
}
