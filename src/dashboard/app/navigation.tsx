import { Icon } from '../parts/icon.tsx';
import { hashOf } from './route.model.ts';
import { views } from './views.ts';

export function Navigation({ current }: { current: string }) {
  return (
    <nav class="navigation" aria-label="Pages">
      <ul>
        {views.map(({ name, title, icon }) => (
          <li key={name}>
            <a href={hashOf(name)} aria-current={name === current ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{title}</span>
            </a>
          </li>
        ))}
        <li class="navigation-end">
          <a href="/docs" target="_blank" rel="noreferrer">
            <Icon name="book" />
            <span>API docs</span>
          </a>
        </li>
      </ul>
    </nav>
  );
}
