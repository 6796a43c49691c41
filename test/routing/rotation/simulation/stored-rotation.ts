import type { TargetConfiguration } from '../../../../src/routing/rotation/rotation.types.ts';
import type {
  RotatingIp,
  RotationState,
  RotationWrite,
  StoredRotation,
} from '../../../../src/routing/rotation/rotation-state.model.ts';

/** A rotor's rows, which outlive it: what `rotor.storage.ts` does, over texts. */
export function createStoredRotation() {
  const ips = new Map<string, string>();
  let configuration = 'null';
  let revision = 0;
  let totals = 'null';

  return {
    write(state: RotationState, writes: readonly RotationWrite[]): void {
      for (const write of writes) {
        if (write.kind === 'configuration') {
          configuration = JSON.stringify(state.configuration);
          revision = state.revision;
        }
        if (write.kind === 'totals') totals = JSON.stringify(state.totals);
        if (write.kind === 'ip' && state.ips.get(write.ip.address) === write.ip) {
          ips.set(write.ip.address, JSON.stringify({ ...write.ip, place: null, position: null }));
        }
        if (write.kind === 'remove_ip') ips.delete(write.address);
      }
    },
    read: (): StoredRotation => ({
      configuration: JSON.parse(configuration) as TargetConfiguration | null,
      revision,
      ips: Array.from(ips.values(), (text): RotatingIp => JSON.parse(text)),
      totals: JSON.parse(totals),
    }),
  };
}
