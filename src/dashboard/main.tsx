import { QueryClient, QueryClientProvider } from '@tanstack/preact-query';
import { render } from 'preact';
import { ApiError, isOffline } from './api/api-error.ts';
import { App } from './app/app.tsx';
import { session } from './app/session.ts';

/** A server that restarts is back within half a minute. */
const MAX_RETRIES = 5;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 8_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the browser believes of its network is not what the server does: ask, and see.
      networkMode: 'always',
      retry: (failures, error) => isOffline(error) && failures < MAX_RETRIES,
      retryDelay: (failures) => Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS),
      refetchOnReconnect: 'always',
    },
    mutations: { networkMode: 'always', retry: false, throwOnError: (error) => !(error instanceof ApiError) },
  },
});

// Nothing of one account is shown to the next one.
session.subscribe(() => {
  if (session.get().key === null) client.clear();
});

const root = document.getElementById('app');
if (root) {
  render(
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>,
    root,
  );
}
