import type { LabBehaviour, LabProtocol, LabProxy } from './lab-proxy.ts';

/** Proxy n listens on 127.0.10.n, port 18000 + n: above what people's own servers take, below the ephemeral range. */
export const DEFAULT_BASE_PORT = 18_000;

/** Where the lab's own source lists are served. */
export const DEFAULT_SOURCE_LIST_PORT = 18_000;

/** Made-up places, so that filters by country have something to choose from. */
const PLACES = [
  ['US', 64_500],
  ['DE', 64_501],
  ['FR', 64_502],
  ['JP', 64_503],
  ['BR', 64_504],
  ['IN', 64_505],
  ['NL', 64_506],
] as const;

type Entry = Omit<LabProxy, 'address' | 'port' | 'country' | 'asn'>;

const LOGIN = { username: 'lab', password: 'open-sesame' } as const;

function http(name: string, anonymity: 'transparent' | 'anonymous' | 'elite', describe: string): Entry {
  const behaviour: LabBehaviour = { kind: 'http', anonymity, tunnel: anonymity === 'elite' };
  return { name, protocol: 'http', expectation: 'active', anonymity, describe, behaviour };
}

/** A proxy that relays bytes, and so can't add headers. */
function tunnel(name: string, protocol: 'https' | 'socks4' | 'socks5', describe: string, delayMs?: number): Entry {
  const kind = protocol === 'https' ? 'connect' : protocol;
  const behaviour: LabBehaviour = { kind, ...(delayMs === undefined ? {} : { delayMs }) };
  return { name, protocol, expectation: 'active', anonymity: 'elite', describe, behaviour };
}

function hostile(name: string, protocol: LabProtocol, behaviour: LabBehaviour, describe: string): Entry {
  return { name, protocol, expectation: 'never_active', describe, behaviour };
}

const HTTP: Entry[] = [
  http('http-elite-1', 'elite', 'forwards and tunnels, adds nothing'),
  http('http-elite-2', 'elite', 'forwards and tunnels, adds nothing'),
  http('http-elite-3', 'elite', 'forwards and tunnels, adds nothing'),
  http('http-anonymous-1', 'anonymous', 'adds Via'),
  http('http-anonymous-2', 'anonymous', 'adds Via'),
  http('http-transparent-1', 'transparent', "adds Via and the client's address in X-Forwarded-For"),
  http('http-transparent-2', 'transparent', "adds Via and the client's address in X-Forwarded-For"),
  { ...http('http-elite-password', 'elite', 'wants a user and a password'), ...LOGIN },
  { ...http('http-anonymous-password', 'anonymous', 'wants a user and a password, adds Via'), ...LOGIN },
  {
    ...http('http-slow', 'elite', 'works, a second and a half late'),
    behaviour: { kind: 'http', anonymity: 'elite', tunnel: false, delayMs: 1_500 },
  },
];

const TUNNELS: Entry[] = [
  tunnel('https-1', 'https', 'tunnels by CONNECT'),
  tunnel('https-2', 'https', 'tunnels by CONNECT'),
  { ...tunnel('https-password', 'https', 'tunnels by CONNECT, wants a user and a password'), ...LOGIN },
  tunnel('socks4-1', 'socks4', 'SOCKS4 and 4a'),
  tunnel('socks4-2', 'socks4', 'SOCKS4 and 4a'),
  tunnel('socks5-1', 'socks5', 'SOCKS5'),
  tunnel('socks5-2', 'socks5', 'SOCKS5'),
  tunnel('socks5-3', 'socks5', 'SOCKS5'),
  { ...tunnel('socks5-password', 'socks5', 'SOCKS5, wants a user and a password'), ...LOGIN },
  tunnel('socks5-slow', 'socks5', 'works, a second late', 1_000),
];

const UNDECIDED: Entry[] = [
  {
    ...hostile(
      'https-only-443',
      'https',
      { kind: 'connect', onlyPort: 443 },
      'tunnels to port 443 only, 403 otherwise',
    ),
    expectation: 'inconclusive',
    anonymity: 'elite',
  },
  {
    ...hostile(
      'https-intercepting-tls',
      'https',
      { kind: 'connect-intercepting-tls' },
      'opens TLS with a certificate of its own; honest on plain ports',
    ),
    expectation: 'inconclusive',
    anonymity: 'elite',
  },
  {
    ...hostile('http-flaky', 'http', { kind: 'flaky' }, 'drops every third connection'),
    expectation: 'inconclusive',
    anonymity: 'elite',
  },
];

const HOSTILE: Entry[] = [
  hostile('http-dead', 'http', { kind: 'dead' }, 'nobody listens'),
  hostile('socks5-dead', 'socks5', { kind: 'dead' }, 'nobody listens'),
  hostile('http-silent', 'http', { kind: 'silent' }, 'accepts and says nothing'),
  hostile('socks5-silent', 'socks5', { kind: 'silent' }, 'accepts and says nothing'),
  hostile('http-resetting', 'http', { kind: 'resetting' }, 'resets each connection'),
  hostile('http-dripping', 'http', { kind: 'dripping' }, 'answers one byte a second'),
  hostile('http-canned-page', 'http', { kind: 'canned-page' }, 'answers everything with one page and 200'),
  hostile('https-canned-page', 'https', { kind: 'canned-page' }, 'tunnels nowhere: the same page and 200 inside'),
  hostile('http-judge-faker', 'http', { kind: 'judge-faker' }, "makes up a judge's answer, with a wrong signature"),
  hostile('http-replayer', 'http', { kind: 'replayer' }, 'keeps the first answer it sees and repeats it ever after'),
  hostile('http-body-tamperer', 'http', { kind: 'body-tamperer' }, 'forwards, with some bytes of the answer changed'),
  hostile('http-garbage', 'http', { kind: 'garbage' }, 'answers binary noise'),
  hostile('socks4-garbage', 'socks4', { kind: 'garbage' }, 'answers binary noise'),
  hostile(
    'http-password-unknown',
    'http',
    { kind: 'password-unknown', protocol: 'http' },
    'wants a password we lack: 407',
  ),
  hostile(
    'socks5-password-unknown',
    'socks5',
    { kind: 'password-unknown', protocol: 'socks5' },
    'wants a password we lack',
  ),
];

/** Every proxy of the lab, with the address and the port that it has unless a test asks for random ports. */
export const labProxies: readonly LabProxy[] = [...HTTP, ...TUNNELS, ...UNDECIDED, ...HOSTILE].map((entry, index) => {
  const number = index + 1;
  const [country, asn] = PLACES[index % PLACES.length] ?? PLACES[0];
  return { ...entry, address: `127.0.10.${number}`, port: DEFAULT_BASE_PORT + number, country, asn };
});

/** With a higher one the last proxies would have no port. */
export const HIGHEST_BASE_PORT = 65_535 - labProxies.length;
