import type { Command } from 'commander';
import { formatAgo, formatCount } from '../../dashboard/parts/format.model.ts';
import type { Credits, Transaction } from '../api/api.types.ts';
import { type ListOptions, listOptions, showList } from '../list-options.ts';
import { type Session, withSession } from '../session.ts';

const columns = [
  { title: 'AMOUNT', align: 'right' as const },
  { title: 'TYPE' },
  { title: 'WHEN' },
  { title: 'DESCRIPTION' },
];

function toRow(transaction: Transaction): string[] {
  const { amount, tx_type: type, created_at: at, description } = transaction;
  return [`${amount > 0 ? '+' : ''}${amount}`, type, formatAgo(at, Date.now()), description];
}

async function showCredits(session: Session, options: ListOptions & { transactions?: boolean }): Promise<void> {
  if (options.transactions === true) {
    const list = {
      path: '/account/transactions',
      query: {},
      nouns: ['transaction', 'transactions'] as const,
      columns,
      toRow,
    };
    return showList<Transaction>(session, options, list);
  }
  const credits = await session.api.get<Credits>('/account/credits');
  if (session.isJson) return session.terminal.json(credits);
  session.terminal.print(formatCount(credits.balance));
}

export function addCredits(program: Command): void {
  const command = program
    .command('credits')
    .description('your balance, a number alone')
    .option('--transactions', 'what came and went instead, newest first');
  listOptions(command).action(withSession(showCredits));
}
