import { useMutation } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { Registration } from '../../api-client/pool.types.ts';
import { call } from '../api/call.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { TextField } from '../parts/field.tsx';
import { signIn } from './session.ts';

function NewKey({ registration }: { registration: Registration }) {
  const { user, api_key: apiKey } = registration;
  return (
    <div>
      <h2>Welcome, {user.display_name}</h2>
      <p>
        This is your API key. <strong>It is shown only now:</strong> store it where you keep passwords.
      </p>
      <p class="secret">
        <code>{apiKey.key}</code>
        <CopyButton text={apiKey.key} what="the key" />
      </p>
      <button type="button" class="primary wide" onClick={() => signIn(apiKey.key)}>
        I have stored it, go on
      </button>
    </div>
  );
}

export function RegisterForm() {
  const [fields, setFields] = useState({ email: '', displayName: '', invite: '' });
  const change = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const registering = useMutation({
    mutationFn: () => {
      const { email, displayName, invite } = fields;
      const json = {
        email: email.trim(),
        display_name: displayName.trim(),
        ...(invite ? { invite: invite.trim() } : {}),
      };
      return call<Registration>('POST', '/auth/register', { json, key: '' });
    },
  });
  if (registering.data) return <NewKey registration={registering.data} />;
  const submit = (event: Event) => {
    event.preventDefault();
    registering.mutate();
  };
  return (
    <form onSubmit={submit}>
      <TextField label="E-mail" type="email" required value={fields.email} onValue={change('email')} />
      <TextField label="Your name" required value={fields.displayName} onValue={change('displayName')} />
      <TextField
        label="Invite"
        hint="Only where an administrator gave you one."
        value={fields.invite}
        onValue={change('invite')}
      />
      {registering.error && <ErrorNote error={registering.error} />}
      <button type="submit" class="primary wide" disabled={registering.isPending}>
        {registering.isPending ? 'Creating your account …' : 'Create an account'}
      </button>
    </form>
  );
}
