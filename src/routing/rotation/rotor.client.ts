import { callStub, type StubCallOptions } from '../../platform/durable/stub-call.ts';
import type {
  CheckoutRequest,
  CheckoutResult,
  ExtendResult,
  ReportResult,
  RequestReport,
  TargetConfiguration,
  TargetIpState,
  TargetMetrics,
} from './rotation.types.ts';
import type { Rotor } from './rotor.do.ts';

export type RotorClient = ReturnType<typeof createRotorClient>;

/** The one way to a target's rotor. Throws `UNAVAILABLE` when it can't be reached. Everything may be said twice. */
export function createRotorClient(
  namespace: DurableObjectNamespace<Rotor>,
  targetName: string,
  options: StubCallOptions = {},
) {
  const call = <Result>(work: (rotor: DurableObjectStub<Rotor>) => Promise<Result>): Promise<Result> =>
    callStub(() => namespace.getByName(targetName), work, options);
  return {
    /** False when it knows a newer one already. */
    configure: async (configuration: TargetConfiguration): Promise<boolean> =>
      (await call(async (rotor): Promise<{ changed: boolean }> => rotor.configure(configuration))).changed,
    /** The target is gone; `revision` is that of its removal, newer than all that its rotor was given. */
    remove: async (revision: number): Promise<boolean> =>
      (await call(async (rotor): Promise<{ changed: boolean }> => rotor.remove({ revision }))).changed,
    checkout: (request: CheckoutRequest) => call(async (rotor): Promise<CheckoutResult> => rotor.checkout(request)),
    /** Null for one that has to wait: it stands in line, and asks for its turn by itself. */
    checkoutEach: (requests: readonly CheckoutRequest[]) =>
      call(async (rotor): Promise<(CheckoutResult | null)[]> => rotor.checkoutEach(requests)),
    extend: (checkoutId: string) => call(async (rotor): Promise<ExtendResult> => rotor.extend({ checkoutId })),
    report: (requests: readonly RequestReport[]) =>
      call(async (rotor): Promise<ReportResult[]> => rotor.report(requests)),
    leave: (checkoutId: string) => call(async (rotor): Promise<{ ok: true }> => rotor.leave({ checkoutId })),
    states: async (): Promise<TargetIpState[]> =>
      (await call(async (rotor): Promise<{ items: TargetIpState[] }> => rotor.states())).items,
    metrics: async (): Promise<TargetMetrics> =>
      (await call(async (rotor): Promise<{ metrics: TargetMetrics }> => rotor.metrics())).metrics,
  };
}
