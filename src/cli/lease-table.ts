import { formatSpan } from '../dashboard/parts/format.model.ts';
import type { Lease } from './api/api.types.ts';

export const leaseColumns = [
  { title: 'LEASE', isWhole: true },
  { title: 'ADDRESS', isWhole: true },
  { title: 'PROTOCOL' },
  { title: 'COUNTRY' },
  { title: 'ANONYMITY' },
  { title: 'ENDS IN' },
];

export function toLeaseRow({ lease_id: id, proxy, expires_at: end }: Lease): string[] {
  const address = `${proxy.ip}:${proxy.port}`;
  const endsIn = formatSpan(Date.parse(end) - Date.now());
  return [id, address, proxy.protocol, proxy.country ?? '–', proxy.anonymity ?? '–', endsIn];
}
