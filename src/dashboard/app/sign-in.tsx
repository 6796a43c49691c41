import { useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { KeyForm } from './key-form.tsx';
import { RegisterForm } from './register-form.tsx';
import { session } from './session.ts';
import { useStore } from './store.ts';

/** The way in: with a key that one has, or with a new account. */
export function SignIn() {
  const { notice } = useStore(session);
  const [isNew, setIsNew] = useState(false);
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <h1 class="brand">
          <Icon name="switch" />
          <span>Switchyard</span>
        </h1>
        <p class="muted">Proxies that are alive, exclusive and honest about themselves.</p>
        {notice && (
          <p class="note note-warning" role="status">
            {notice}
          </p>
        )}
        <fieldset class="choice" aria-label="How to begin">
          <button type="button" aria-pressed={!isNew} onClick={() => setIsNew(false)}>
            I have a key
          </button>
          <button type="button" aria-pressed={isNew} onClick={() => setIsNew(true)}>
            I am new
          </button>
        </fieldset>
        {isNew ? <RegisterForm /> : <KeyForm />}
      </div>
    </main>
  );
}
