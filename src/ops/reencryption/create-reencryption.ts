import type { Database } from '../../platform/db/client.ts';
import { createWalksStore } from '../../platform/db/walks.store.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import { createReencryption } from './reencryption.service.ts';
import { createReencryptionStore } from './reencryption.store.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  secretBox: SecretBox;
  logger: Logger;
}

export function createReencryptionJobs({ binding, database, secretBox, logger }: Dependencies) {
  const store = createReencryptionStore(binding);
  return createReencryption({ store, walks: createWalksStore(database), secretBox, logger });
}
