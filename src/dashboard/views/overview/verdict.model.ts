import type { PoolStats } from '../../../api-client/pool.types.ts';
import { formatAgo, formatNoun } from '../../parts/format.model.ts';

export type VerdictLevel = 'good' | 'waiting' | 'bad';

/** The answer to "is my pool healthy?", and what to do if not. */
export interface Verdict {
  level: VerdictLevel;
  title: string;
  explanation: string;
  /** A page of this dashboard that helps. */
  next: { label: string; href: string } | null;
}

/** Good proxies are checked every five minutes by default; after three times that, nobody checks. */
export const CHECKS_STALL_AFTER_MS = 15 * 60 * 1_000;

/** As many as `proxy.pool_low` warns below, unless configured otherwise. */
export const LOW_POOL = 10;

type Figures = Pick<PoolStats, 'total_proxies' | 'by_status' | 'last_validation_at' | 'sources_active'>;

function emptyVerdict({ sources_active: sources }: Figures): Verdict {
  const level = 'waiting';
  if (sources === 0) {
    const explanation = 'Proxies come from sources, lists on the web: someone who may write adds the first one.';
    return { level, title: 'The pool is empty.', explanation, next: null };
  }
  const explanation = `${formatNoun(sources, 'source')} will be scraped within a minute.`;
  return { level, title: 'The pool is empty so far.', explanation, next: null };
}

/** Judges a pool by its figures, the worst first. */
export function judgePool(figures: Figures, nowMs: number): Verdict {
  const { by_status: byStatus, total_proxies: total, last_validation_at: checkedAt } = figures;
  if (total === 0) return emptyVerdict(figures);
  const { active, unchecked } = byStatus;
  if (checkedAt === null) {
    const explanation = `${formatNoun(unchecked, 'proxy', 'proxies')} wait for the first check. That takes a minute or two.`;
    return { level: 'waiting', title: 'The first checks are under way.', explanation, next: null };
  }
  const checked = `The last check was ${formatAgo(checkedAt, nowMs)}.`;
  if (nowMs - Date.parse(checkedAt) > CHECKS_STALL_AFTER_MS) {
    const explanation = `${checked} Nothing new is known of any proxy: an operator should look why.`;
    return { level: 'bad', title: 'The checks have stopped.', explanation, next: null };
  }
  const seeActive = { label: 'See them', href: '#/proxies?status=active' };
  const alive = `${formatNoun(active, 'proxy', 'proxies')} of ${total.toLocaleString('en')} alive.`;
  if (active === 0) {
    const explanation = `None of ${formatNoun(total, 'proxy', 'proxies')} passes the checks. Another source may bring better ones.`;
    return { level: 'bad', title: 'No proxy is alive.', explanation, next: null };
  }
  if (active < LOW_POOL) {
    return { level: 'waiting', title: 'The pool is low.', explanation: `Only ${alive} ${checked}`, next: seeActive };
  }
  return { level: 'good', title: 'The pool is healthy.', explanation: `${alive} ${checked}`, next: seeActive };
}
