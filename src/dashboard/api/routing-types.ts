import type { viewIpState, viewMetrics } from '../../routing/graphql/rotor-views.ts';
import type { PoolView, ProviderView, TargetView, viewPlan } from '../../routing/graphql/views.ts';

export type { PoolView, ProviderView, TargetView };
export type IpState = ReturnType<typeof viewIpState>;
export type TargetMetrics = ReturnType<typeof viewMetrics>;
export type RoutingPlan = ReturnType<typeof viewPlan>;

export interface Routing {
  providers: ProviderView[];
  pools: PoolView[];
  targets: TargetView[];
}
