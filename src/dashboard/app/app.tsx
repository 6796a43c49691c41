import { useAccount } from '../api/queries.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { Toasts } from '../parts/toast.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { Navigation } from './navigation.tsx';
import { route } from './route.ts';
import { session } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { useStore } from './store.ts';
import { TopBar } from './top-bar.tsx';
import { ViewFrame } from './view-frame.tsx';
import { views } from './views.ts';

function SignedIn() {
  const current = useStore(route);
  const account = useAccount();
  const view = views.find(({ name }) => name === current.view);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={focusContent}>
        Skip to the content
      </button>
      <TopBar account={account.data ?? null} />
      <Navigation current={current.view} />
      <main id="content" class="content" tabIndex={-1}>
        <ConnectionNote />
        {account.error && <ErrorNote error={account.error} retry={() => void account.refetch()} />}
        {view ? <ViewFrame key={view.name} view={view} route={current} /> : <NoSuchView />}
      </main>
    </div>
  );
}

/** No link: the hash is the router's. */
function focusContent(): void {
  document.getElementById('content')?.focus();
}

function NoSuchView() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        The address names none of the pages at the side. <a href="#/overview">Go to the overview</a>.
      </p>
    </div>
  );
}

export function App() {
  const { key } = useStore(session);
  return (
    <>
      {key === null ? <SignIn /> : <SignedIn key={key} />}
      <Toasts />
    </>
  );
}
