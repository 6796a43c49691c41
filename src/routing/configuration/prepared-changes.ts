import type { AddressPolicy } from '../../platform/net/public-url.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import { assertAddressesAllowed, refuse } from './allowed-addresses.ts';
import {
  addIpToProvider,
  addPool,
  addProvider,
  addTarget,
  type Change,
  type ProviderDraft,
  removeIpFromProvider,
  removePool,
  removeProvider,
  removeTarget,
  updatePool,
  updateProvider,
  updateTarget,
} from './changes.model.ts';
import {
  addressInputSchema,
  type ProviderInput,
  poolInputSchema,
  providerInputSchema,
  targetInputSchema,
} from './configuration.schemas.ts';
import { providerPasswordContext } from './provider-endpoints.ts';

interface Validator<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };
}

/** A change that may be made or planned, and the definition that it is about. */
export interface PreparedChange {
  name: string;
  change: Change;
}

interface Named {
  name: string;
}

interface AddressOfProvider {
  provider: string;
  address: string;
}

function validated<T>(schema: Validator<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  refuse(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

interface Dependencies {
  policy: AddressPolicy;
  secretBox: SecretBox;
}

/** What a draft of a provider has more than its input: the password is sealed. */
async function draftOf(input: ProviderInput, secretBox: SecretBox): Promise<ProviderDraft> {
  const { mutable, auth, ipList, inventory, regionTag, name } = input;
  const sealed = auth && {
    username: auth.username,
    passwordSealed: await secretBox.seal(auth.password, providerPasswordContext(name)),
  };
  return {
    name,
    ipList: ipList ?? [],
    inventory: inventory ?? null,
    regionTag: regionTag ?? null,
    isMutable: mutable,
    auth: sealed === null ? { username: null, passwordSealed: null } : sealed,
  };
}

/** Every change by the name of its mutation: judges its input, and makes it ready to be made or planned. */
export function createPreparedChanges({ policy, secretBox }: Dependencies) {
  async function provider(input: unknown, change: (draft: ProviderDraft) => Change): Promise<PreparedChange> {
    const draft = await draftOf(validated(providerInputSchema, input), secretBox);
    await assertAddressesAllowed(draft.ipList, 'ipList', policy);
    return { name: draft.name, change: change(draft) };
  }

  const target = (input: unknown, change: typeof addTarget): PreparedChange => {
    const draft = validated(targetInputSchema, input);
    return { name: draft.name, change: change(draft) };
  };

  const pool = (input: unknown, change: typeof addPool): PreparedChange => {
    const draft = validated(poolInputSchema, input);
    return { name: draft.name, change: change(draft) };
  };

  return {
    addTarget: async ({ input }: { input: unknown }) => target(input, addTarget),
    updateTarget: async ({ input }: { input: unknown }) => target(input, updateTarget),
    removeTarget: async ({ name }: Named): Promise<PreparedChange> => ({ name, change: removeTarget(name) }),
    addPool: async ({ input }: { input: unknown }) => pool(input, addPool),
    updatePool: async ({ input }: { input: unknown }) => pool(input, updatePool),
    removePool: async ({ name }: Named): Promise<PreparedChange> => ({ name, change: removePool(name) }),
    addProvider: ({ input }: { input: unknown }) => provider(input, addProvider),
    updateProvider: ({ input }: { input: unknown }) => provider(input, updateProvider),
    removeProvider: async ({ name }: Named): Promise<PreparedChange> => ({ name, change: removeProvider(name) }),
    async addIpToProvider({ provider: name, address }: AddressOfProvider): Promise<PreparedChange> {
      validated(addressInputSchema, { address });
      await assertAddressesAllowed([address], 'address', policy);
      return { name, change: addIpToProvider(name, address) };
    },
    async removeIpFromProvider({ provider: name, address }: AddressOfProvider): Promise<PreparedChange> {
      return { name, change: removeIpFromProvider(name, address) };
    },
  };
}

export type PreparedChanges = ReturnType<typeof createPreparedChanges>;
export type ChangeName = keyof PreparedChanges;
