import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { PluginStats, Source } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { newIdempotencyKey } from '../../api/idempotency.ts';
import { readAgain, useAnswer } from '../../api/queries.ts';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { LinesField, SelectField, TextField } from '../../parts/field.tsx';
import { say } from '../../parts/toast.tsx';
import { emptySource, type NewSource, sourceBody } from './new-source.model.ts';
import { Preview } from './preview.tsx';

const protocols = ['http', 'https', 'socks4', 'socks5'].map((name) => [name, name] as const);

interface SourceFieldsProps {
  source: NewSource;
  onChange: (source: NewSource) => void;
}

function SourceFields({ source, onChange }: SourceFieldsProps) {
  const plugins = useAnswer<PluginStats>('/stats/plugins');
  const parsers = plugins.data?.parsers.map(({ name }) => [name, name] as const) ?? [];
  const set = (name: keyof NewSource) => (value: string) => onChange({ ...source, [name]: value });
  const all = [['', 'By the address'], ...parsers] as const;
  return (
    <div class="fields">
      <SelectField label="Parser" value={source.parser} onValue={set('parser')} options={all} />
      <SelectField
        label="Protocol, where none is named"
        value={source.protocol}
        onValue={set('protocol')}
        options={protocols}
      />
      <TextField label="Pool" placeholder="default" value={source.pool} onValue={set('pool')} />
      <TextField label="Schedule, UTC" placeholder="*/30 * * * *" value={source.cron} onValue={set('cron')} />
    </div>
  );
}

/** A new source: its list is shown as it would be read, before anything is stored. */
export function AddSource({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [source, setSource] = useState(emptySource);
  const [idempotencyKey] = useState(newIdempotencyKey);
  const adding = useMutation({
    mutationFn: () => call<Source>('POST', '/sources', { json: sourceBody(source), idempotencyKey }),
    onSuccess: () => {
      say('Added. It is scraped within a minute.');
      onClose();
      return readAgain(client, '/sources');
    },
  });
  const submit = (event: Event) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <Drawer title="Add a source" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <TextField
          label="Address of the list"
          type="url"
          required
          placeholder="https://example.com/proxies.txt"
          value={source.url}
          onValue={(url) => setSource({ ...source, url })}
        />
        <SourceFields source={source} onChange={setSource} />
        <LinesField
          label="Request headers"
          hint="One a line, name: value. They are stored encrypted and never shown again."
          value={source.headers}
          onValue={(headers) => setSource({ ...source, headers })}
        />
        <Preview source={source} />
        {adding.error && <ErrorNote error={adding.error} />}
        <button type="submit" class="primary" disabled={adding.isPending}>
          {adding.isPending ? 'Adding …' : 'Add this source'}
        </button>
      </form>
    </Drawer>
  );
}
