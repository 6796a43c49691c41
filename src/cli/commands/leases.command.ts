import type { Command } from 'commander';
import { formatCount, formatNoun, formatSpan } from '../../dashboard/parts/format.model.ts';
import type { AcquiredLease, Lease, ReleasedLease } from '../api/api.types.ts';
import { CliError } from '../cli-error.ts';
import { leaseColumns, toLeaseRow } from '../lease-table.ts';
import { type Session, withSession } from '../session.ts';
import { printable } from '../terminal/printable.model.ts';
import { type WantedOptions, wantedBody, wantedOptions } from '../wanted-options.ts';

/** More at once are refused anyway: an account's leases are a thousand. */
const MAX_EXCLUDED = 100;

async function listLeases({ api, terminal, isJson }: Session): Promise<void> {
  const list = await api.get<{ items: Lease[] }>('/account/leases');
  if (isJson) return terminal.json(list);
  terminal.table(leaseColumns, list.items.map(toLeaseRow));
  terminal.note(formatNoun(list.items.length, 'live lease'));
}

async function acquire({ api, terminal, isJson }: Session, options: WantedOptions & { exclude?: string[] }) {
  const lease = await api.spend<AcquiredLease>('/proxies/acquire', {
    ...wantedBody(options),
    exclude: options.exclude,
  });
  if (isJson) return terminal.json(lease);
  const { proxy, lease_id: id, expires_at: end, credits_remaining: credits } = lease;
  // The URL alone on a line of standard output: `curl -x "$(switchyard acquire | head -n 1)"`.
  terminal.print(printable(proxy.url));
  terminal.print(printable(id));
  const what = [proxy.protocol, proxy.country, proxy.anonymity].filter(Boolean).join(', ');
  // What we call https tunnels by CONNECT over plain TCP; most clients take `https://` for TLS to the proxy itself.
  if (proxy.protocol === 'https') terminal.note('Most clients want it with http:// instead: it tunnels by CONNECT.');
  const spans = `ends in ${formatSpan(Date.parse(end) - Date.now())}; ${formatCount(credits)} credits left`;
  terminal.note(printable(`${what}; ${spans}; give it back: switchyard release ${id}`));
}

async function idsToRelease({ api }: Session, ids: readonly string[], isAll: boolean): Promise<readonly string[]> {
  if (isAll === ids.length > 0) {
    throw new CliError('USAGE', 'WHICH_LEASES', 'Name the leases, or say --all.', 'You see them by: switchyard leases');
  }
  if (!isAll) return ids;
  return (await api.get<{ items: Lease[] }>('/account/leases')).items.map(({ lease_id: id }) => id);
}

async function release(session: Session, options: { all?: boolean }, ids: string[]): Promise<void> {
  const { api, terminal, isJson } = session;
  let failure: unknown = null;
  for (const id of await idsToRelease(session, ids, options.all === true)) {
    try {
      const released = await api.post<ReleasedLease>(`/proxies/acquire/${encodeURIComponent(id)}/release`);
      if (isJson) terminal.json(released);
      else terminal.print(printable(`${id} released`));
    } catch (error) {
      // The others are given back all the same.
      if (failure !== null && error instanceof Error) terminal.note(printable(`${id}: ${error.message}`));
      failure ??= error;
    }
  }
  if (failure !== null) throw failure;
}

export function addLeases(program: Command): void {
  program
    .command('leases')
    .description('your live leases')
    .action(withSession((session) => listLeases(session)));
  wantedOptions(program.command('acquire').description('lease the best proxy that matches, for a credit'))
    .option('--exclude <ids...>', `ids of proxies that won't do, ${MAX_EXCLUDED} at most`)
    .action(withSession(acquire));
  program
    .command('release')
    .description('give leases back')
    .argument('[lease-ids...]', 'as `acquire` and `leases` show them')
    .option('--all', 'all that you hold')
    .action(withSession(release));
}
