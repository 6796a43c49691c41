import type { Caller } from '../../accounts/actor.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import { createOnce } from '../../platform/db/idempotent-create.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import { asIfKept, withDraining } from '../inventory/holds.model.ts';
import type { InventoryFacts } from '../inventory/inventory-facts.ts';
import type { Change } from './changes.model.ts';
import { affectedTargets, type ConfigurationPlan, planOf } from './configuration.model.ts';
import { type ConfigurationStore, isRevisionTaken } from './configuration.store.ts';
import type { RoutingConfiguration } from './configuration.types.ts';
import type { RotorSync } from './rotor-sync.ts';

/** Changes made at the same moment by others that one change gives way to, before it gives up. */
export const MAX_COMMIT_ATTEMPTS = 8;

/** Who changes what nobody asked for. */
const NOBODY = { accountId: '' };

interface Dependencies {
  database: Database;
  store: ConfigurationStore;
  rotors: RotorSync;
  inventoryFacts: InventoryFacts;
  clock: Clock;
  /** Told of each change as soon as D1 has it. */
  onChanged(): void;
}

export interface CommitOptions<View> {
  change: Change;
  /** What is answered, and remembered for the key, of the configuration afterwards. */
  viewOf(after: RoutingConfiguration): View;
  caller: Pick<Caller, 'accountId'>;
  idempotency: Idempotency | null;
}

/** The one way in which the definitions change: in one step, judged by exactly the state that it changes. */
export function createConfigurationService(dependencies: Dependencies) {
  const { database, store, rotors, inventoryFacts, clock, onChanged } = dependencies;
  const applied = (change: Change, before: RoutingConfiguration): RoutingConfiguration =>
    withDraining(before, { ...change(before), revision: before.revision + 1 });

  async function commitOnce<View>({ change, viewOf, caller, idempotency }: CommitOptions<View>) {
    let reached: string[] = [];
    const { body, replayed } = await createOnce({
      database,
      accountId: caller.accountId,
      idempotency,
      nowMs: clock.nowMs(),
      status: 200,
      prepare: async () => {
        const before = await store.read();
        const after = applied(change, before);
        reached = affectedTargets(before, after);
        return { body: viewOf(after), writes: store.writes(before, after) };
      },
    });
    return { body, replayed, reached: replayed ? [] : reached };
  }

  async function commit<View>(options: CommitOptions<View>): Promise<{ view: View; replayed: boolean }> {
    for (let attempt = 1; attempt <= MAX_COMMIT_ATTEMPTS; attempt += 1) {
      try {
        const { body, replayed, reached } = await commitOnce(options);
        onChanged();
        if (reached.length > 0) await rotors.tell(reached);
        return { view: body, replayed };
      } catch (error) {
        if (!isRevisionTaken(error)) throw error;
      }
    }
    throw appError('UNAVAILABLE', { message: 'Others change the configuration right now; try again.' });
  }

  return {
    read: () => store.read(),

    /**
     * Makes a change. D1 has all of it or nothing; the Rotors of the targets that it reaches hear of it before this returns,
     * or, if one can't be reached now, from the cron. Throws what the change refuses.
     */
    commit,

    /** What a change would do; nothing is changed. Throws what the change would refuse. */
    async plan(change: Change): Promise<ConfigurationPlan> {
      const before = await store.read();
      const after = applied(change, before);
      const facts = { providers: await inventoryFacts.gather(after), drained: new Map() };
      return planOf(before, asIfKept(facts)(after));
    },

    /** Makes a change that nobody asked for. */
    apply: (change: Change) => commit({ change, viewOf: () => null, caller: NOBODY, idempotency: null }),
  };
}

export type ConfigurationService = ReturnType<typeof createConfigurationService>;
