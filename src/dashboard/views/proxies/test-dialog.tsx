import { useMutation } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { ProxyTests } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { Busy } from '../../parts/busy.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { formatLatency, formatShare } from '../../parts/format.model.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { type Wanted, wantedBody } from './wanted.model.ts';
import { WantedFields } from './wanted-fields.tsx';

const columns = [{ title: 'Proxy' }, { title: 'Answer' }, { title: 'Latency', kind: 'number' }] as const;

interface TestDialogProps {
  wanted: Wanted;
  onClose: () => void;
}

const counts = ['1', '3', '5', '10', '20'].map((count) => [count, count] as const);

function Results({ tests }: { tests: ProxyTests }) {
  return (
    <section aria-label="What came back">
      <p>
        <strong>{formatShare(tests.success_rate)}</strong> of {tests.results.length} reached {tests.url}
      </p>
      <PlainTable label="Results" columns={columns}>
        {tests.results.map(({ proxy_id: id, ip, port, reachable, status_code: status, latency_ms: ms, error }) => (
          <tr key={id}>
            <td>{`${ip}:${port}`}</td>
            <td>
              <span class={`tag ${reachable ? 'tag-good' : 'tag-bad'}`}>{status ?? 'none'}</span> {error}
            </td>
            <td class="number">{formatLatency(ms)}</td>
          </tr>
        ))}
      </PlainTable>
    </section>
  );
}

/** Whether a URL can be reached through proxies that one could lease. */
export function TestDialog({ wanted: first, onClose }: TestDialogProps) {
  const [wanted, setWanted] = useState(first);
  const [url, setUrl] = useState('');
  const [count, setCount] = useState('5');
  const testing = useMutation({
    mutationFn: () => {
      const json = { ...wantedBody(wanted), url: url.trim(), count: Number(count) };
      return call<ProxyTests>('POST', '/proxies/test', { json });
    },
  });
  const submit = (event: Event) => {
    event.preventDefault();
    testing.mutate();
  };
  return (
    <Drawer title="Test a URL" kind="middle" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p class="muted">The best proxies that you could lease ask for it. It costs nothing and leases nothing.</p>
        <TextField label="URL" type="url" required placeholder="https://example.com" value={url} onValue={setUrl} />
        <SelectField label="Proxies" value={count} onValue={setCount} options={counts} />
        <WantedFields wanted={wanted} onChange={setWanted} />
        <button type="submit" class="primary" disabled={testing.isPending}>
          Test
        </button>
      </form>
      {testing.isPending && <Busy label="Asking through each of them, ten seconds at most" />}
      {testing.error && <ErrorNote error={testing.error} />}
      {testing.data && !testing.isPending && <Results tests={testing.data} />}
    </Drawer>
  );
}
