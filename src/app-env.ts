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

/**
 * Carries requests to somewhere else; null: this one is for others. Such a request passes no router and no middleware, since
 * it would pay more for them than for what is done for it. It may throw what any handler may.
 */
export type DataPlane = (request: Request) => ((services: Services) => Promise<Response>) | null;
