import { useQueryClient } from '@tanstack/preact-query';
import type { Account } from '../../api-client/pool.types.ts';
import { loadAnew } from '../api/queries.ts';
import { Icon } from '../parts/icon.tsx';
import { signOut } from './session.ts';
import { useStore } from './store.ts';
import { chooseTheme, theme, themes } from './theme.ts';

function ThemeChoice() {
  const chosen = useStore(theme);
  const next = themes[(themes.indexOf(chosen) + 1) % themes.length] ?? 'system';
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => chooseTheme(next)}
      title={`Colours: ${chosen}. Change to ${next}.`}
      aria-label={`Colours: ${chosen}. Change to ${next}.`}
    >
      <Icon name={chosen === 'dark' ? 'moon' : chosen === 'light' ? 'sun' : 'contrast'} />
    </button>
  );
}

export function TopBar({ account }: { account: Account | null }) {
  const client = useQueryClient();
  return (
    <header class="top-bar">
      <a class="brand" href="#/overview">
        <Icon name="switch" />
        <span>Switchyard</span>
      </a>
      <div class="top-bar-end">
        {account && (
          <span class="who" title={account.email}>
            <span class="who-name">{account.display_name}</span>
            <span class="tag">{account.role}</span>
          </span>
        )}
        <button
          type="button"
          class="quiet"
          aria-label="Load everything anew"
          title="Load everything anew"
          onClick={() => void loadAnew(client)}
        >
          <Icon name="refresh" />
        </button>
        <ThemeChoice />
        <button type="button" class="quiet" aria-label="Sign out" title="Sign out" onClick={() => signOut(null)}>
          <Icon name="leave" />
        </button>
      </div>
    </header>
  );
}
