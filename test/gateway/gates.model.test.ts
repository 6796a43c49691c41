import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGates, type GateDefinition, type GateRule, gateNames } from '../../src/gateway/rules/gates.model.ts';
import { judgedPath } from '../../src/gateway/rules/judged-path.model.ts';
import type { NamedCheck } from '../../src/gateway/rules/rules.types.ts';

const words = ['a', 'b', 'ab'];
const presence = fc.constantFrom('present' as const, 'absent' as const);
const check: fc.Arbitrary<NamedCheck> = fc.record(
  { name: fc.constantFrom('x', 'y'), presence, value: fc.constantFrom(...words) },
  { requiredKeys: ['name', 'presence'] },
);
const rule: fc.Arbitrary<GateRule> = fc.record({
  id: fc.uuid(),
  effect: fc.constantFrom('allow' as const, 'deny' as const),
  priority: fc.nat(5),
  conditions: fc.record({
    methods: fc.uniqueArray(fc.constantFrom('GET', 'post'), { maxLength: 2 }),
    path: fc.option(fc.record({ pattern: fc.constantFrom(...words), presence })),
    headerChecks: fc.array(check, { maxLength: 2 }),
    queryChecks: fc.array(check, { maxLength: 2 }),
  }),
});
const gates: fc.Arbitrary<GateDefinition[]> = fc
  .tuple(
    ...gateNames.map((name) =>
      fc.record({
        name: fc.constant(name),
        defaultEffect: fc.constantFrom('allow' as const, 'deny' as const),
        rules: fc.array(rule, { maxLength: 4 }),
      }),
    ),
  )
  .map((each) => [...each]);
const pairs = fc.array(fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom(...words, 'c')), { maxLength: 3 });
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: fc.constantFrom('/', '/a', '/b', '/ab/c'),
  headers: pairs,
  query: pairs,
});

type Told = typeof request extends fc.Arbitrary<infer R> ? R : never;

/** The contract's words, with substrings for patterns: the patterns here are plain letters. */
function holds({ conditions }: GateRule, told: Told): boolean {
  const { methods, path, headerChecks, queryChecks } = conditions;
  if (methods.length > 0 && !methods.some((method) => method.toUpperCase() === told.method)) return false;
  if (path && told.path.includes(path.pattern) !== (path.presence === 'present')) return false;
  const valuesOf = (among: [string, string][], name: string) => among.filter(([own]) => own === name).map(([, v]) => v);
  const fits = (values: string[], { value, presence: wanted }: NamedCheck) =>
    values.some((each) => value === undefined || each.includes(value)) === (wanted === 'present');
  for (const each of headerChecks) {
    // Headers of one name are one text (RFC 9110 section 5.3).
    const values = valuesOf(told.headers, each.name);
    if (!fits(values.length > 0 ? [values.join(', ')] : [], each)) return false;
  }
  return queryChecks.every((each) => fits(valuesOf(told.query, each.name), each));
}

it('each gate denies on any matching deny, else allows on any matching allow, else does its default; all must allow', () => {
  fc.assert(
    fc.property(gates, request, (definitions, told) => {
      const verdict = compileGates(definitions)({
        method: told.method,
        path: told.path,
        headers: new Headers(told.headers),
        query: new URLSearchParams(told.query),
      });
      const expected = definitions.map(({ defaultEffect, rules }) => {
        const matching = rules.filter((each) => holds(each, told));
        if (matching.some(({ effect }) => effect === 'deny')) return 'deny';
        return matching.length > 0 ? 'allow' : defaultEffect;
      });
      expect(verdict.gates.map(({ effect }) => effect)).toEqual(expected);
      expect(verdict.allowed).toBe(!expected.includes('deny'));
      for (const [index, { decidedBy, ruleId, effect }] of verdict.gates.entries()) {
        const named = definitions[index]?.rules.find(({ id }) => id === ruleId);
        if (decidedBy === 'default') expect([ruleId, effect]).toEqual([null, definitions[index]?.defaultEffect]);
        else expect([named?.effect, named && holds(named, told)]).toEqual([effect, true]);
      }
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  ['b', 9_000],
  // Complex patterns are tried on less: they cost as much for each character as they have instructions.
  ['(?:[a-z]?){120}b', 3_000],
])('a text that is too long to be judged by %s, of %i characters, counts against the caller', (pattern, length) => {
  const long = `/${'a'.repeat(length)}`;
  const judge = (effect: 'allow' | 'deny', defaultEffect: 'allow' | 'deny') => {
    const conditions = {
      methods: [],
      path: { pattern, presence: 'absent' as const },
      headerChecks: [],
      queryChecks: [],
    };
    const rules = [{ id: 'r', effect, priority: 0, conditions }];
    const told = { method: 'GET', path: long, headers: new Headers(), query: new URLSearchParams() };
    return compileGates([{ name: 'proxy', defaultEffect, rules }])(told).allowed;
  };
  expect([judge('deny', 'allow'), judge('allow', 'deny')]).toEqual([false, false]);
});

it.each([
  ['/a/b', '/a/b'],
  ['/', '/'],
  ['/a/../b', '/b'],
  ['/a/%2e%2e/b', '/b'],
  ['/a/..%2fb', '/b'],
  ['/../../b', '/b'],
  ['/%252e%252e/b', '/%2e%2e/b'],
  ['/a/.', '/a/'],
  ['/a/..', '/'],
  ['//a', '//a'],
  ['/%ff%41%', '/\ufffdA%'],
])('the path %s is judged as %s', (raw, judged) => expect(judgedPath(raw)).toBe(judged));
