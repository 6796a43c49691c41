import { appError } from '../../platform/errors/app-error.ts';
import { BLOCKED_PROXY_PORTS, dialability, parseIpLiteral } from '../../platform/net/public-address.ts';
import { type AddressPolicy, assertPublicHost } from '../../platform/net/public-url.ts';
import { parseProxyAddress } from './address.model.ts';

/** Names looked up while a provider is changed; every name is judged again whenever it is dialled. */
export const MAX_JUDGED_NAMES = 20;
/** Issues of one refusal that are shown. */
const MAX_SHOWN_ISSUES = 50;

interface Issue {
  path: string;
  message: string;
}

/** Throws `VALIDATION_ERROR` with what is wrong, and where. */
export function refuse(issues: readonly Issue[]): never {
  throw appError('VALIDATION_ERROR', { details: { issues: issues.slice(0, MAX_SHOWN_ISSUES) } });
}

const reasons = {
  unsupported_ipv6: 'the platform can’t reach IPv6 proxies',
  unsupported_cloudflare: 'the platform can’t reach proxies on Cloudflare’s own addresses',
  blocked_port: 'proxies on ports of mail, SSH and DNS are never dialled',
} as const;

function portVerdict(port: number): 'ok' | 'blocked_port' {
  return BLOCKED_PROXY_PORTS.has(port) ? 'blocked_port' : 'ok';
}

/** Throws `ADDRESS_NOT_ALLOWED`, or `VALIDATION_ERROR` for what could never be dialled. Names that nobody knows yet pass. */
export async function assertAddressesAllowed(
  addresses: readonly string[],
  path: string,
  policy: AddressPolicy,
): Promise<void> {
  const names = new Set<string>();
  const issues: Issue[] = [];
  for (const [index, text] of addresses.entries()) {
    const parsed = parseProxyAddress(text);
    if (!parsed) continue;
    const isLiteral = parseIpLiteral(parsed.host) !== null;
    if (!isLiteral) names.add(parsed.host);
    const verdict = isLiteral ? dialability(parsed.host, parsed.port, policy) : portVerdict(parsed.port);
    if (verdict === 'not_public') {
      throw appError('ADDRESS_NOT_ALLOWED', { message: `The address '${text}' is not a public one.` });
    }
    if (verdict !== 'ok')
      issues.push({ path: path === 'address' ? path : `${path}.${index}`, message: reasons[verdict] });
  }
  if (issues.length > 0) refuse(issues);
  const judged = [...names].slice(0, MAX_JUDGED_NAMES);
  await Promise.all(judged.map((host) => assertPublicHost(host, { ...policy, isUnresolvedAccepted: true })));
}
