import { describe, expect, it } from 'vitest';
import { spendingSince } from '../../src/dashboard/views/overview/spending.model.ts';
import { CHECKS_STALL_AFTER_MS, judgePool } from '../../src/dashboard/views/overview/verdict.model.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');

interface Given {
  active?: number;
  dead?: number;
  unchecked?: number;
  checkedAgoMs?: number | null;
  sources?: number;
}

function verdict({ active = 0, dead = 0, unchecked = 0, checkedAgoMs = 5_000, sources = 1 }: Given) {
  return judgePool(
    {
      total_proxies: active + dead + unchecked,
      by_status: { active, dead, unchecked, unsupported: 0 },
      last_validation_at: checkedAgoMs === null ? null : new Date(nowMs - checkedAgoMs).toISOString(),
      sources_active: sources,
    },
    nowMs,
  );
}

describe('is my pool healthy', () => {
  it.each([
    [{ sources: 0 }, 'waiting', 'The pool is empty.'],
    [{ sources: 2 }, 'waiting', 'The pool is empty so far.'],
    [{ unchecked: 40, checkedAgoMs: null }, 'waiting', 'The first checks are under way.'],
    [{ active: 40, checkedAgoMs: CHECKS_STALL_AFTER_MS + 1 }, 'bad', 'The checks have stopped.'],
    [{ dead: 40 }, 'bad', 'No proxy is alive.'],
    [{ active: 9, dead: 40 }, 'waiting', 'The pool is low.'],
    [{ active: 10, dead: 4_000 }, 'good', 'The pool is healthy.'],
  ] satisfies [Given, string, string][])('%j is %s', (given, level, title) => {
    expect(verdict(given)).toMatchObject({ level, title });
  });

  it('says in words how many are alive, and since when that is known', () => {
    expect(verdict({ active: 1_200, dead: 34 }).explanation).toBe(
      '1,200 proxies of 1,234 alive. The last check was 5 s ago.',
    );
  });
});

describe('what it costs', () => {
  const entry = (type: 'acquire' | 'renew' | 'refund' | 'purchase', amount: number, agoMs: number) => ({
    amount,
    tx_type: type,
    description: '',
    created_at: new Date(nowMs - agoMs).toISOString(),
  });
  const credits = (entries: ReturnType<typeof entry>[]) => ({ balance: 5, recent_transactions: entries });

  it('counts leases and renewals less refunds, within the window alone', () => {
    const ledger = credits([
      entry('acquire', -1, 1),
      entry('renew', -1, 2),
      entry('refund', 1, 3),
      entry('purchase', 100, 4),
      entry('acquire', -1, 99_999),
    ]);
    expect(spendingSince(ledger, nowMs - 10_000, 50)).toEqual({ spent: 1, isAtLeast: false });
  });

  it('says that it may be more when the newest entries do not reach back that far', () => {
    const full = credits([entry('acquire', -1, 1), entry('acquire', -1, 2)]);
    expect(spendingSince(full, nowMs - 10_000, 2)).toEqual({ spent: 2, isAtLeast: true });
    expect(spendingSince(full, nowMs - 1, 2)).toEqual({ spent: 1, isAtLeast: false });
  });
});
