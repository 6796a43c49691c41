import { randomBytes } from 'node:crypto';

/** What to print when all is up: three lines that work when pasted, and how to give the lease back. */
export function welcomeText(url: string, adminKey: string): string {
  // A fresh address each time: registering one twice is refused.
  const email = `you-${randomBytes(3).toString('hex')}@example.com`;
  const key = `-H 'authorization: Bearer ${adminKey}'`;
  const json = "-H 'content-type: application/json'";
  return `
Switchyard is up: ${url}
Admin key:        ${adminKey}
Dashboard:        ${url}/ (sign in with that key, or register there)

Register an account (its key is shown once):
  curl -s ${url}/auth/register ${json} -d '{"email":"${email}","display_name":"You"}'

List the proxies that pass their checks:
  curl -s '${url}/proxies?status=active&limit=5' ${key}

Lease one for five minutes (costs a credit):
  curl -s ${url}/proxies/acquire ${key} ${json} -d '{"lease_duration_seconds":300}'

Give it back, with the lease_id from that answer:
  curl -s -X POST ${url}/proxies/acquire/LEASE_ID/release ${key}

Ctrl-C stops everything.`;
}
