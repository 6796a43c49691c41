import { describe, expect, it } from 'vitest';
import { audit, type JournalRow, type LedgerFile } from './audit.ts';
import {
  createHistory,
  type LeaseRecord,
  noteAcquired,
  noteListed,
  noteRenewed,
  noteReportedDead,
  toldOf,
} from './history.ts';

// The crash test is only as good as what it would notice: each line here is something that must not pass.

const ACCOUNT = { id: 'account', granted: 10, balance: 7 };
const at = (ms: number) => new Date(ms).toISOString();

function body(leaseId: string, proxyId: string, acquiredAtMs: number, expiresAtMs: number) {
  return {
    lease_id: leaseId,
    proxy: { id: proxyId },
    acquired_at: at(acquiredAtMs),
    expires_at: at(expiresAtMs),
    credits_remaining: 1,
  };
}

/** Two leases of one proxy, one after the other, the first renewed and released: all as it should be. */
function soundRun() {
  const history = createHistory();
  const first = noteAcquired(history, 'account', 'key-1', body('lease-1', 'proxy', 1_000, 2_000));
  noteRenewed(history, first, body('lease-1', 'proxy', 1_000, 9_000));
  first.releasedAtMs = 5_000;
  const second = noteAcquired(history, 'account', 'key-2', body('lease-2', 'proxy', 5_000, 6_000));
  const entries: [number, string, string][] = [
    [10, 'purchase', 'gift'],
    [-1, 'acquire', 'lease-1'],
    [-1, 'renew', 'renew:lease-1:attempt'],
    [-1, 'acquire', 'lease-2'],
  ];
  const file: LedgerFile = { journal: toJournal(entries), voids: ['lease-3'], answers: ['lease-1'] };
  return { history, first, second, entries, file };
}

function toJournal(entries: readonly [number, string, string][]): JournalRow[] {
  let balance = 0;
  return entries.map(([amount, type, reference], index) => {
    balance += amount;
    return { id: index + 1, amount, type, reference, balance_after: balance };
  });
}

function problemsOf(change: (run: ReturnType<typeof soundRun>) => void): string[] {
  const run = soundRun();
  change(run);
  return audit(run.history, [ACCOUNT], [run.file]);
}

describe('the audit of a crash test', () => {
  it('finds nothing in a run that is sound', () => {
    expect(problemsOf(() => {})).toEqual([]);
  });

  it.each<[string, (run: ReturnType<typeof soundRun>) => void, RegExp]>([
    ['a lease that begins before the last one ended', ({ first }) => (first.releasedAtMs = 5_001), /^overlap of 1 ms/],
    ['a lease that was not released', ({ first }) => (first.releasedAtMs = null), /^overlap of 4000 ms/],
    [
      'one key with two leases',
      ({ history }) => noteAcquired(history, 'account', 'key-1', body('lease-2', 'proxy', 5_000, 6_000)),
      /^double lease: one key/,
    ],
    [
      'one lease for two keys',
      ({ history }) => noteAcquired(history, 'account', 'key-3', body('lease-2', 'proxy', 5_000, 6_000)),
      /^double lease: lease-2 was the answer to 2 keys/,
    ],
    [
      'a renewal that makes a lease end earlier',
      ({ history, first }) => noteRenewed(history, first, body('lease-1', 'proxy', 1_000, 8_999)),
      /^a renewal of lease-1/,
    ],
    [
      'an acquire that was not charged',
      ({ file, entries }) => (file.journal = toJournal(entries.slice(0, 3))),
      /lease-2 was acknowledged and never booked/,
    ],
    [
      'a charge without a lease',
      ({ file, entries }) => (file.journal = toJournal([...entries, [-1, 'acquire', 'lease-4']])),
      /lease-4 was booked and never acknowledged/,
    ],
    [
      'a renewal that was charged twice',
      ({ file, entries }) => (file.journal = toJournal([...entries, [-1, 'renew', 'renew:lease-1:again']])),
      /lease-1 has 2, and 1 were acknowledged/,
    ],
    [
      'a reference that was booked twice',
      ({ file, entries }) => (file.journal = toJournal([...entries, [-1, 'acquire', 'lease-1']])),
      /booked twice/,
    ],
    ['a void reference that was booked', ({ file }) => (file.voids = ['lease-1']), /void and booked/],
    ['an answer without an entry', ({ file }) => (file.answers = ['lease-9']), /not booked/],
    [
      'a balance that is not the sum',
      ({ file }) => (file.journal = file.journal.map((row) => ({ ...row, balance_after: row.balance_after + 1 }))),
      /^ledger: entry 1/,
    ],
    [
      'a refund that was told and not booked',
      ({ history, second }) => noteReportedDead(history, second, { refunded: true, recheck: 'failed' }, true),
      /refund:lease-2 was acknowledged and never booked/,
    ],
    [
      'a refund that nobody was told of',
      ({ file, entries }) => (file.journal = toJournal([...entries, [1, 'refund', 'refund:lease-2']])),
      /refund:lease-2 was booked and never acknowledged/,
    ],
    [
      'a report in time that was not refunded',
      ({ history, second }) => noteReportedDead(history, second, { refunded: false, recheck: 'failed' }, true),
      /^a report of lease-2 was not refunded/,
    ],
    [
      'a dead proxy that was found alive',
      ({ history, second }) => noteReportedDead(history, second, { refunded: false, recheck: 'passed' }, false),
      /^a report of lease-2 was not refunded/,
    ],
    ['a ledger that is lost', ({ file }) => (file.journal = []), /^0 ledgers belong/],
  ])('notices %s', (_what, change, problem) => {
    expect(problemsOf(change)).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  it('notices a balance of the API that is not that of the ledger', () => {
    const { history, file } = soundRun();
    expect(audit(history, [{ ...ACCOUNT, balance: 8 }], [file])).toEqual([expect.stringMatching(/^balance: 8/)]);
  });
});

it('a refund that was told and booked is sound, and so is a report that came too late', () => {
  const { history, second, file, entries } = soundRun();
  noteReportedDead(history, second, { refunded: true, recheck: 'failed' }, true);
  file.journal = toJournal([...entries, [1, 'refund', 'refund:lease-2']]);
  expect(audit(history, [{ ...ACCOUNT, balance: 8 }], [file])).toEqual([]);
  const late = soundRun();
  noteReportedDead(late.history, late.second, { refunded: false, recheck: 'failed' }, false);
  expect(audit(late.history, [ACCOUNT], [late.file])).toEqual([]);
});

describe('a list after a restart', () => {
  const listed = (
    items: { lease_id: string; expires_at: string }[],
    change: (lease: LeaseRecord) => void = () => {},
  ) => {
    const { history, second } = soundRun();
    const { held, ended } = toldOf(history, 'account');
    change(second);
    noteListed(history, { held: held.filter(({ lease }) => lease === second), ended }, items, 5_500);
    return history.violations;
  };

  it('must have what was acknowledged, with the end that was promised or a later one', () => {
    expect(listed([{ lease_id: 'lease-2', expires_at: at(6_000) }])).toEqual([]);
    expect(listed([{ lease_id: 'lease-2', expires_at: at(7_000) }])).toEqual([]);
    expect(listed([])).toEqual(['acknowledged and lost: lease lease-2']);
    expect(listed([{ lease_id: 'lease-2', expires_at: at(5_999) }])).toEqual([
      'acknowledged and lost: a renewal of lease-2',
    ]);
  });

  it('must not have what was given back or taken back before', () => {
    for (const ended of ['released', 'refunded'] as const) {
      const { history, second } = soundRun();
      if (ended === 'released') second.releasedAtMs = 5_200;
      else noteReportedDead(history, second, { refunded: true, recheck: 'failed' }, true);
      noteListed(
        history,
        { ...toldOf(history, 'account'), held: [] },
        [{ lease_id: 'lease-2', expires_at: at(6_000) }],
        5_500,
      );
      expect(history.violations).toEqual(['acknowledged and lost: the end of lease-2']);
    }
  });

  it('may lack what was given back meanwhile', () => {
    expect(
      listed([], (lease) => {
        lease.releaseSent = true;
      }),
    ).toEqual([]);
  });
});
