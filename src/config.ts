import { type Config, type ParsedConfig, parseConfig } from './platform/env.ts';
import { createLogger } from './platform/log/logger.ts';

const parsedByEnv = new WeakMap<object, ParsedConfig>();

/** The variables of this isolate, read and checked once; problems are logged once. */
export function parsedConfigOf(env: Env): ParsedConfig {
  const known = parsedByEnv.get(env);
  if (known) return known;
  const parsed = parseConfig(env);
  if (!parsed.ok) createLogger().error('misconfigured: refusing to serve', { problems: parsed.problems });
  parsedByEnv.set(env, parsed);
  return parsed;
}

/** The variables for a background run; throws when they are wrong, so that the run fails loudly and is tried again. */
export function configOf(env: Env): Config {
  const parsed = parsedConfigOf(env);
  if (!parsed.ok) throw new Error(`misconfigured: ${parsed.problems.join('; ')}`);
  return parsed.config;
}
