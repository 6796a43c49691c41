import { env } from 'cloudflare:workers';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createConfigurationStore } from '../../../src/routing/configuration/configuration.store.ts';
import { type Definitions, withDefinitions } from './definitions.ts';

/** Stores a change of what is there now. */
export async function store(definitions: Definitions): Promise<void> {
  const database = createDatabase(env.DB);
  const configurations = createConfigurationStore(database);
  const before = await configurations.read();
  await database.batch(configurations.writes(before, withDefinitions(before, definitions)));
}
