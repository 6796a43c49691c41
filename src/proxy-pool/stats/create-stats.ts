import type { NotifiersService } from '../../notifiers/notifiers.service.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import { createCheckHistoryStore } from './history.store.ts';
import { createLeagueStore } from './league.store.ts';
import { createStatsService } from './stats.service.ts';
import { createPoolStatsStore } from './stats.store.ts';

interface Dependencies {
  database: Database;
  clock: Clock;
  notifiers: Pick<NotifiersService, 'plugins'>;
}

/** The inventory in figures, now and over time. */
export function createStats({ database, clock, notifiers }: Dependencies) {
  const history = createCheckHistoryStore(database);
  const [store, league] = [createPoolStatsStore(database), createLeagueStore(database)];
  return { checkHistory: history, stats: createStatsService({ store, league, history, notifiers, clock }) };
}
