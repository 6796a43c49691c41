import { type Command, Option } from 'commander';
import { formatAgo } from '../../dashboard/parts/format.model.ts';
import type { Source } from '../api/api.types.ts';
import { type ListOptions, listOptions, showList } from '../list-options.ts';
import { type Session, withSession } from '../session.ts';

const columns = [
  { title: 'URL' },
  { title: 'PARSER' },
  { title: 'POOL' },
  { title: 'ACTIVE' },
  { title: 'SCRAPED' },
  { title: 'FAILURES', align: 'right' as const },
  { title: 'LAST ERROR' },
];

function toRow(source: Source): string[] {
  return [
    source.url,
    source.parser_name,
    source.pool,
    source.is_active ? 'yes' : 'no',
    formatAgo(source.last_scraped_at, Date.now()),
    String(source.consecutive_failures),
    source.last_error ?? '',
  ];
}

export function addSources(program: Command): void {
  const command = program
    .command('sources')
    .description('where proxies come from')
    .addOption(new Option('--active <yes-or-no>', 'only those that are in use, or are not').choices(['yes', 'no']));
  listOptions(command).action(
    withSession((session: Session, options: ListOptions & { active?: 'yes' | 'no' }) =>
      showList<Source>(session, options, {
        path: '/sources',
        query: { is_active: options.active === undefined ? undefined : options.active === 'yes' },
        nouns: ['source', 'sources'],
        columns,
        toRow,
      }),
    ),
  );
}
