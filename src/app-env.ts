import type { Context } from 'hono';
import type { Caller } from './accounts/actor.ts';
import type { Services } from './services.ts';

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    services: Services;
    /** Present behind `access` other than `public`. */
    caller: Caller;
  };
}

export type AppContext = Context<AppEnv>;
