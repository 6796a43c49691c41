import { createDatabase } from '../../platform/db/client.ts';
import { sessionTotals } from '../figures.service.ts';
import { createFiguresStore } from '../figures.store.ts';

/** What a stats_update tells: of an account, or of all (null). */
export async function readFeedFigures(binding: D1Database, accountId: string | null) {
  const statuses = await createFiguresStore(createDatabase(binding)).statusesOf(accountId);
  const { total_sessions, active_sessions, success_rate } = sessionTotals(statuses);
  return { total_sessions, active_sessions, success_rate };
}
