/** The product's background jobs (contract, "Ops face"). */
export const processNames = [
  'scraper',
  'validator',
  'lease-reaper',
  'telemetry-rollup',
  'notifier',
  'retention',
] as const;
export type ProcessName = (typeof processNames)[number];

export function isProcessName(text: string): text is ProcessName {
  return (processNames as readonly string[]).includes(text);
}
