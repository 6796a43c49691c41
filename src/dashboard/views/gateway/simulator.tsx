import { useMutation } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { call } from '../../api/call.ts';
import type { Simulation } from '../../api/gateway-types.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((name) => [name, name] as const);

function Gates({ simulation }: { simulation: Simulation }) {
  return (
    <>
      <div class={`note ${simulation.allowed ? 'note-good' : 'note-error'}`}>
        <p>
          <strong>{simulation.allowed ? 'It would pass' : 'It would be refused'}</strong> judged as{' '}
          <code>{simulation.path}</code>
        </p>
      </div>
      <ul class="parts" aria-label="What each gate says">
        {simulation.gates.map(({ gate, effect, reason }) => (
          <li key={gate} class="part">
            <p>
              <span class={`tag ${effect === 'allow' ? 'tag-good' : 'tag-bad'}`}>{effect}</span> <strong>{gate}</strong>{' '}
              {reason}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Asks which gate would decide what on a request; nothing is sent. */
export function Simulator({ path }: { path: string }) {
  const [fields, setFields] = useState({ method: 'GET', path: '/' });
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const trying = useMutation({
    mutationFn: () => call<{ simulation: Simulation }>('POST', `${path}/simulate`, { json: fields }),
  });
  const submit = (event: Event) => {
    event.preventDefault();
    trying.mutate();
  };
  return (
    <section aria-label="Simulator">
      <h3>Would this request pass?</h3>
      <form class="fields" onSubmit={submit}>
        <SelectField label="Method" value={fields.method} onValue={set('method')} options={methods} />
        <TextField label="Path and below" required value={fields.path} onValue={set('path')} />
        <button type="submit" disabled={trying.isPending}>
          Ask the gates
        </button>
      </form>
      {trying.error && <ErrorNote error={trying.error} />}
      {trying.data && <Gates simulation={trying.data.simulation} />}
    </section>
  );
}
