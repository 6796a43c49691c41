import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countryName,
  formatAgo,
  formatCount,
  formatCountdown,
  formatLatency,
  formatNoun,
  formatShare,
  formatSpan,
} from '../../src/dashboard/parts/format.model.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('what the page writes', () => {
  it('counts with their noun', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatNoun(1, 'proxy', 'proxies')).toBe('1 proxy');
    expect(formatNoun(0, 'source')).toBe('0 sources');
  });

  it('shares and latencies, a dash for none', () => {
    expect([formatShare(0.943), formatShare(0), formatShare(null)]).toEqual(['94 %', '0 %', '–']);
    expect([formatLatency(119.6), formatLatency(12_340), formatLatency(null)]).toEqual(['120 ms', '12.3 s', '–']);
  });

  it('spans in their two largest units', () => {
    expect([0, 59_999, 125_000, 3 * HOUR_MS + 20 * MINUTE_MS, 5 * DAY_MS + 2 * HOUR_MS].map(formatSpan)).toEqual([
      '0 s',
      '59 s',
      '2 min 5 s',
      '3 h 20 min',
      '5 d 2 h',
    ]);
  });

  it('how long ago, and never a time to come', () => {
    const nowMs = Date.parse('2026-01-02T00:00:00Z');
    const ago = (ms: number) => formatAgo(new Date(nowMs - ms).toISOString(), nowMs);
    expect([-5_000, 1_000, 12_000, 3 * MINUTE_MS, 5 * HOUR_MS, 3 * DAY_MS].map(ago)).toEqual([
      'just now',
      'just now',
      '12 s ago',
      '3 min ago',
      '5 h ago',
      '3 d ago',
    ]);
    expect(formatAgo(null, nowMs)).toBe('never');
  });

  it('countdowns that end at zero and never before', () => {
    expect([61_000, 60_001, 3_725_000, 1, 0, -5].map(formatCountdown)).toEqual([
      '1:01',
      '1:01',
      '1:02:05',
      '0:01',
      '0:00',
      '0:00',
    ]);
    fc.assert(fc.property(fc.integer({ min: 1, max: 10 * DAY_MS }), (ms) => formatCountdown(ms) !== '0:00'));
  });

  it('countries by name; what is no code stays as it is', () => {
    expect([countryName('DE'), countryName('<b>'), countryName('')]).toEqual(['Germany', '<b>', '']);
  });
});
