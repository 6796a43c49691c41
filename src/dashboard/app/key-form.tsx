import { useMutation } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { Account } from '../../api-client/pool.types.ts';
import { call } from '../api/call.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { Field } from '../parts/field.tsx';
import { signIn } from './session.ts';

export function KeyForm() {
  const [key, setKey] = useState('');
  const trial = useMutation({
    mutationFn: (tried: string) => call<Account>('GET', '/account', { key: tried }),
    onSuccess: (_account, tried) => signIn(tried),
  });
  const submit = (event: Event) => {
    event.preventDefault();
    trial.mutate(key.trim());
  };
  return (
    <form onSubmit={submit}>
      <Field label="API key" hint="It begins with pp_. It is kept in this tab alone, and forgotten when you close it.">
        {(id) => (
          <input
            id={id}
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        )}
      </Field>
      {trial.error && <ErrorNote error={trial.error} />}
      <button type="submit" class="primary wide" disabled={trial.isPending}>
        {trial.isPending ? 'Signing in …' : 'Sign in'}
      </button>
    </form>
  );
}
