import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import { rotorConfigurationOf } from './configuration.model.ts';
import type { ConfigurationStore, PendingTarget } from './configuration.store.ts';

/** Rotors told at a time: a connection each, within the platform's six an invocation. */
const MAX_CONCURRENT_ROTORS = 5;

/** The Rotor of a target. What is not newer than what it knows already it ignores, the end of its target too. */
export type RotorOf = (targetName: string) => Pick<RotorClient, 'configure' | 'remove'>;

interface Dependencies {
  store: Pick<ConfigurationStore, 'read' | 'pending' | 'heard'>;
  rotorOf: RotorOf;
  logger: Logger;
}

/** Brings the definitions of D1 to the Rotors. At least once, in any order: each carries its revision. */
export function createRotorSync({ store, rotorOf, logger }: Dependencies) {
  async function tellAll(pending: readonly PendingTarget[]): Promise<number> {
    const configuration = await store.read();
    const heard: PendingTarget[] = [];
    const tellOne = async ({ targetName, revision }: PendingTarget): Promise<void> => {
      const target = configuration.targets.get(targetName);
      try {
        if (target) await rotorOf(targetName).configure(rotorConfigurationOf(configuration, target));
        else await rotorOf(targetName).remove(revision);
        heard.push({ targetName, revision: target?.revision ?? revision });
      } catch (error) {
        // Its row stays: the cron tells it again.
        logger.warn('a rotor could not be told of a change', { target: targetName, ...describeError(error) });
      }
    };
    for (let start = 0; start < pending.length; start += MAX_CONCURRENT_ROTORS) {
      await Promise.all(pending.slice(start, start + MAX_CONCURRENT_ROTORS).map(tellOne));
    }
    await store.heard(heard);
    return heard.length;
  }

  async function tellPending(names?: readonly string[]): Promise<number> {
    const pending = await store.pending(names);
    return pending.length === 0 ? 0 : tellAll(pending);
  }

  return {
    /** Right after a change, of the targets that it reached. Never fails: what can't be told now is told by the cron. */
    async tell(names: readonly string[]): Promise<void> {
      try {
        await tellPending(names);
      } catch (error) {
        logger.warn('rotors could not be told of a change', describeError(error));
      }
    },

    /** All that have yet to hear; returns how many have. */
    tellAllPending: (): Promise<number> => tellPending(),
  };
}

export type RotorSync = ReturnType<typeof createRotorSync>;
