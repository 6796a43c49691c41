import type { ProxiedRequest } from '../../../api-client/ops.types.ts';
import { useNowMs } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { formatAgo, formatLatency } from '../../parts/format.model.ts';
import { PlainTable } from '../../parts/plain-table.tsx';

const columns = [
  { title: 'When' },
  { title: 'Status' },
  { title: 'Request' },
  { title: 'By', kind: 'extra' },
  { title: 'Took', kind: 'number' },
] as const;

/** The tone of an HTTP status. */
export function statusTone(status: number): string {
  if (status >= 500 || status === 0) return 'tag-bad';
  return status >= 400 ? 'tag-waiting' : 'tag-good';
}

export function RequestTable({ requests }: { requests: readonly ProxiedRequest[] }) {
  const nowMs = useNowMs();
  return (
    <PlainTable label="Requests" columns={columns} frame="card">
      {requests.map(({ id, timestamp, status_code: status, method, url, subdomain, face, duration_ms: ms }) => (
        <tr key={id}>
          <td>{formatAgo(timestamp, nowMs)}</td>
          <td>
            <span class={`tag ${statusTone(status)}`}>{status}</span>
          </td>
          <td class="request-url">
            <a href={hashOf('requests', [id])}>
              {method} {url}
            </a>
          </td>
          <td class="extra">
            {face}: {subdomain}
          </td>
          <td class="number">{formatLatency(ms)}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
