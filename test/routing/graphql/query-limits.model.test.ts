import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  MAX_QUERY_ALIASES,
  MAX_QUERY_COST,
  MAX_QUERY_DEPTH,
  queryProblem,
} from '../../../src/routing/graphql/query-limits.model.ts';
import { typeDefinitions } from '../../../src/routing/graphql/type-definitions.ts';

const schema = buildSchema(typeDefinitions);
const problem = (query: string) => queryProblem(parse(query), schema);

const nested = (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;

describe('the limits of a query', () => {
  it('let everything that there is be asked for at once', () => {
    const everything = `{
      status { authEnabled userSub userRole }
      targets { name regex poolName resolvedIps { address provider } minRequestInterval maxQueueWait numRetries
        ipFailuresUntilQuarantine quarantineTime allowedRoles mutable }
      pools { name ipRequests { provider count } mutable }
      providers { name ipList inventory { protocol country anonymity minScore count } regionTag hasAuth mutable }
    }`;
    expect(problem(everything)).toBeNull();
    expect(problem(getIntrospectionQuery())).toBeNull();
  });

  it('count depth through fragments and inline fragments, known fields or not', () => {
    expect(problem(nested(MAX_QUERY_DEPTH))).toBeNull();
    expect(problem(nested(MAX_QUERY_DEPTH + 1))).toContain('11 levels deep');
    const half = nested(7).replace('{ a }', '{ a ...rest }');
    expect(problem(`${half} fragment rest on Query ${nested(5)}`)).toContain('11 levels deep');
    expect(problem(`${nested(7).replace('{ a }', `{ a ... on Query ${nested(5)} }`)}`)).toContain('11 levels deep');
  });

  it('count aliases, each time that a fragment is spread', () => {
    const aliases = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: status { userRole }`);
    expect(problem(`{ ${aliases(MAX_QUERY_ALIASES).join(' ')} }`)).toBeNull();
    expect(problem(`{ ${aliases(MAX_QUERY_ALIASES + 1).join(' ')} }`)).toContain('31 aliases');
    const spread = `{ ...f ...f ...f ...f } fragment f on Query { ${aliases(8).join(' ')} }`;
    expect(problem(spread)).toContain('32 aliases');
  });

  it('count cost: lists in lists, fields that call an object', () => {
    const lists = Array.from(
      { length: 30 },
      (_, index) => `a${index}: targets { resolvedIps { address provider } name }`,
    );
    expect(problem(`{ ${lists.slice(0, 10).join(' ')} }`)).toBeNull();
    expect(problem(`{ ${lists.join(' ')} }`)).toContain(`${MAX_QUERY_COST} are allowed`);
    expect(problem('{ __schema { types { fields { type { name } } } } }')).toBeNull();
  });

  it('weigh documents that are not valid, and fragments that hold themselves or grow, at once', () => {
    expect(problem('{ ...f } fragment f on Query { ...f targets { ...f } }')).toBeNull();
    expect(problem('{ ...none nothing { more } }')).toBeNull();
    // Each doubles the next one: 2^60 fields when written out.
    const doubling = Array.from(
      { length: 60 },
      (_, index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`,
    );
    expect(problem(`{ ...f0 } ${doubling.join(' ')} fragment f60 on Query { status { userRole } }`)).toContain('costs');
  });

  it('judge every operation of a document', () => {
    expect(problem(`query a { status { userRole } } query b ${nested(11)}`)).toContain('levels deep');
  });
});
