import type { D1Migration } from '@cloudflare/vitest-plugin';
import type { Peers } from './peers.global.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
      /** Real servers on loopback that the global set-up started. */
      TEST_PEERS: Peers;
      /** `1` when tests shall run as often as the project promises. */
      TEST_FULL_RUNS: string;
      /** The key of the built-in admin in tests. */
      ADMIN_API_KEY: string;
    }
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    peers: Peers;
  }
}
