/** In which way a proxy was caught lying. Integrity outvotes speed: any of these fails the round. */
export const tamperVerdicts = [
  'signature',
  'replay',
  'body_diff',
  'header_leak',
  'always_200',
  'exit_ip',
  'tls_mitm',
] as const;
export type TamperVerdict = (typeof tamperVerdicts)[number];
