import { createStore } from './store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** No secret: it outlives the tab. */
const STORAGE_NAME = 'switchyard.theme';

function stored(): Theme {
  const name = localStorage.getItem(STORAGE_NAME);
  return themes.find((theme) => theme === name) ?? 'system';
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const theme = createStore<Theme>(stored());
apply(theme.get());

const darkQuery = matchMedia('(prefers-color-scheme: dark)');

/** Whether the system is dark: what is drawn by itself, a chart, is drawn again when it changes. */
export const isSystemDark = createStore(darkQuery.matches);
darkQuery.addEventListener('change', () => isSystemDark.set(darkQuery.matches));

export function chooseTheme(next: Theme): void {
  localStorage.setItem(STORAGE_NAME, next);
  apply(next);
  theme.set(next);
}
