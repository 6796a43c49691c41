import { type Command, Option } from 'commander';
import { leasePreferences } from '../proxy-pool/leases/lease-book.types.ts';
import { anonymityLevels, proxyProtocols } from '../proxy-pool/proxies/proxies.types.ts';
import { countryCode, integerFrom, numberFrom } from './values.ts';

/** The API's own limits (contract, "Pool face"). */
export const MAX_LEASE_SECONDS = 3_600;
const MAX_WAIT_SECONDS = 30;
export const DEFAULT_LEASE_SECONDS = 300;

export interface WantedOptions {
  protocol?: string;
  country?: string;
  anonymity?: string;
  minScore?: number;
  pool?: string;
  prefer?: string;
  seconds: number;
  wait?: number;
}

/** Gives a command the options that say which proxy is wanted, and for how long. */
export function wantedOptions(command: Command, hasDefaultSpan = true): Command {
  const seconds = new Option('--seconds <count>', 'how long a lease is').argParser(integerFrom(1, MAX_LEASE_SECONDS));
  if (hasDefaultSpan) seconds.default(DEFAULT_LEASE_SECONDS);
  return command
    .addOption(new Option('--protocol <protocol>', 'only of this protocol').choices(proxyProtocols))
    .option('--country <code>', 'only from there, such as DE', countryCode)
    .addOption(new Option('--anonymity <level>', 'only of this level').choices(anonymityLevels))
    .option('--min-score <score>', 'from 0 to 1', numberFrom(0, 1))
    .option('--pool <name>', 'of this pool')
    .addOption(new Option('--prefer <which>', 'of several that match').choices(leasePreferences))
    .addOption(seconds)
    .option('--wait <seconds>', 'when all are leased, wait so long for one', integerFrom(0, MAX_WAIT_SECONDS));
}

/** The body of an acquire. */
export function wantedBody({ protocol, country, anonymity, minScore, pool, prefer, seconds, wait }: WantedOptions) {
  return {
    protocol,
    country,
    anonymity,
    min_score: minScore,
    pool,
    prefer,
    lease_duration_seconds: seconds,
    wait_seconds: wait,
  };
}
