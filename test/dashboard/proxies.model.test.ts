import { describe, expect, it } from 'vitest';
import type { ProxyCheck, Transaction } from '../../src/api-client/pool.types.ts';
import { runningBalance } from '../../src/dashboard/views/leases/running-balance.model.ts';
import { latencyLines } from '../../src/dashboard/views/proxies/check-lines.model.ts';
import { countSet, filtersOf, queryOf } from '../../src/dashboard/views/proxies/filters.model.ts';
import { anyWanted, wantedBody, wantedOfFilters } from '../../src/dashboard/views/proxies/wanted.model.ts';

describe('the filters of proxies', () => {
  it('are those of the hash, as the API takes them, always in one order', () => {
    const filters = filtersOf(new URLSearchParams('country=de&status=active&evil=1&min_score= 0.5 '));
    expect(queryOf(filters).toString()).toBe('status=active&country=DE&min_score=0.5');
    expect(countSet({ ...filters, sort: 'latency' })).toBe(3);
  });

  it('become what is leased: only what was asked for', () => {
    const filters = filtersOf(new URLSearchParams('country=DE&status=dead&min_score=0.5'));
    expect(wantedBody(wantedOfFilters(filters))).toEqual({ country: 'DE', min_score: 0.5 });
    expect(wantedBody(anyWanted)).toEqual({});
  });
});

describe('charts', () => {
  it('have the balance after each entry, counted back from the one now', () => {
    const entry = (amount: number): Transaction => ({ amount, tx_type: 'acquire', description: '', created_at: '' });
    const after = runningBalance(97, [entry(-1), entry(-2), entry(100)]).map(({ balanceAfter }) => balanceAfter);
    expect(after).toEqual([97, 98, 100]);
  });

  it('have the checks oldest first, those that passed apart from the others', () => {
    const check = (second: number, passed: boolean): ProxyCheck => ({
      checker_name: 'tcp_connect',
      stage: 1,
      passed,
      inconclusive: false,
      latency_ms: second * 10,
      detail: '',
      verdict: null,
      created_at: new Date(second * 1_000).toISOString(),
    });
    const { timesS, lines } = latencyLines([check(3, false), check(2, true), check(1, true)]);
    expect(timesS).toEqual([1, 2, 3]);
    expect(lines.map(({ values }) => values)).toEqual([
      [10, 20, null],
      [null, null, 30],
    ]);
  });
});
