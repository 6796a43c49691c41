import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { CheckoutRequest, TargetConfiguration } from '../../../src/routing/rotation/rotation.types.ts';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';

/** A rotor of its own for a test, with its client and raw stub. */
export function freshRotor() {
  const name = `target-${crypto.randomUUID()}`;
  const stub = () => env.ROTOR.getByName(name);
  // A test that kills the object wants to hear of it.
  return { name, stub, client: createRotorClient(env.ROTOR, name, { maxAttempts: 1 }) };
}

export type FreshRotor = ReturnType<typeof freshRotor>;

/** Puts a clock into a running rotor; it is gone when the object starts anew. */
export async function setRotorClock(rotor: FreshRotor, clock: { nowMs(): number }): Promise<void> {
  await runInDurableObject(rotor.stub(), (instance) => {
    instance.clock = clock;
  });
}

export function configurationOf(
  addresses: readonly string[],
  overrides: Partial<TargetConfiguration> = {},
): TargetConfiguration {
  return {
    name: 'target',
    revision: 1,
    minRequestIntervalMs: 0,
    maxQueueWaitMs: 5_000,
    numRetries: 3,
    ipFailuresUntilQuarantine: 5,
    quarantineTimeMs: 60_000,
    ips: addresses.map((address) => ({ address, provider: 'p' })),
    ...overrides,
  };
}

export function checkoutRequest(overrides: Partial<CheckoutRequest> = {}): CheckoutRequest {
  return { checkoutId: crypto.randomUUID(), revision: 1, excluded: [], forced: null, ...overrides };
}
