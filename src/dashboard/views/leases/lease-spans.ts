/** How long a lease or a renewal may be, in seconds; an hour is the API's most. */
export const leaseSpans = [
  ['60', '1 minute'],
  ['300', '5 minutes'],
  ['900', '15 minutes'],
  ['1800', '30 minutes'],
  ['3600', '1 hour'],
] as const;
