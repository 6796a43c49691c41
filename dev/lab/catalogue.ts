import type { LabBehaviour, LabFinding, LabProtocol, LabProxy } from './lab-proxy.ts';

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

/** Where one of the lab's liars also comes out: abroad. */
export const OTHER_EXIT = { address: '127.0.10.99', place: { country: 'CH', asn: 64_507 } } as const;

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

/** One that must never become active, and what its history must say of it. */
function hostile(
  name: string,
  protocol: LabProtocol,
  behaviour: LabBehaviour,
  describe: string,
  finding: LabFinding,
): Entry {
  return { name, protocol, expectation: 'never_active', describe, behaviour, finding };
}

/** Fails without lying: the check that finds it, and what it says. */
function fails(says: string, checker: LabFinding['checker'] = 'http_anonymity'): LabFinding {
  return { checker, verdict: null, says };
}

/** Caught lying. */
function caught(
  verdict: NonNullable<LabFinding['verdict']>,
  says: string,
  checker: LabFinding['checker'] = 'http_anonymity',
): LabFinding {
  return { checker, verdict, says: `tampered: ${says}` };
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

/** Found where the judge has a TLS side. */
const INTERCEPTS = caught('tls_mitm', 'it opens TLS with a certificate of its own', 'https_tunnel');

const UNDECIDED: Entry[] = [
  {
    ...tunnel('https-only-443', 'https', 'tunnels to port 443 only, 403 otherwise'),
    behaviour: { kind: 'connect', onlyPort: 443 },
    expectation: 'inconclusive',
  },
  hostile(
    'https-intercepting-tls',
    'https',
    { kind: 'connect-intercepting-tls' },
    'opens TLS with a certificate of its own; honest on plain ports',
    INTERCEPTS,
  ),
  {
    ...http('http-flaky', 'elite', 'drops every fifth connection'),
    behaviour: { kind: 'flaky' },
    expectation: 'inconclusive',
  },
];

const REFUSED = fails('The connection was refused', 'tcp_connect');
const TOO_SLOW = fails('The answer was not complete in time.');
const NO_HTTP = fails('The answer is not correct HTTP.');
const CUT_OFF = fails('The connection ended before the answer was complete.');
const PASSWORD = fails('wants a user name and password');
const TOO_LARGE = fails('The answer is larger than allowed.');
const OWN_PAGE = caught('always_200', "it answers with a page of its own instead of the judge's");
const CHANGED = caught('body_diff', "the judge's answer was changed on its way");

const BROKEN: Entry[] = [
  hostile('http-dead', 'http', { kind: 'dead' }, 'nobody listens', REFUSED),
  hostile('socks5-dead', 'socks5', { kind: 'dead' }, 'nobody listens', REFUSED),
  hostile('http-silent', 'http', { kind: 'silent' }, 'accepts and says nothing', TOO_SLOW),
  hostile(
    'socks5-silent',
    'socks5',
    { kind: 'silent' },
    'accepts and says nothing',
    fails('The proxy accepted the connection but did not answer in time.'),
  ),
  hostile('http-resetting', 'http', { kind: 'resetting' }, 'resets each connection', CUT_OFF),
  hostile('http-dripping', 'http', { kind: 'dripping' }, 'answers one byte a second', TOO_SLOW),
  hostile('http-canned-page', 'http', { kind: 'canned-page' }, 'answers everything with one page and 200', OWN_PAGE),
  hostile(
    'https-canned-page',
    'https',
    { kind: 'canned-page' },
    'tunnels nowhere: the same page and 200 inside',
    caught('always_200', 'it answers by itself inside the tunnel', 'https_tunnel'),
  ),
  hostile(
    'http-judge-faker',
    'http',
    { kind: 'judge-faker' },
    "makes up a judge's answer, with a wrong signature",
    caught('signature', "the judge's signature is wrong"),
  ),
  hostile(
    'http-replayer',
    'http',
    { kind: 'replayer' },
    'keeps the first answer it sees and repeats it ever after',
    caught('replay', 'it repeats an older answer of the judge'),
  ),
  hostile(
    'http-body-tamperer',
    'http',
    { kind: 'body-tamperer' },
    'forwards, with some bytes of the answer changed',
    CHANGED,
  ),
  hostile('http-garbage', 'http', { kind: 'garbage' }, 'answers binary noise', NO_HTTP),
  hostile(
    'socks4-garbage',
    'socks4',
    { kind: 'garbage' },
    'answers binary noise',
    fails('The proxy answered with something that is not its protocol.'),
  ),
  hostile(
    'http-password-unknown',
    'http',
    { kind: 'password-unknown', protocol: 'http' },
    'wants a password we lack: 407',
    PASSWORD,
  ),
  hostile(
    'socks5-password-unknown',
    'socks5',
    { kind: 'password-unknown', protocol: 'socks5' },
    'wants a password we lack',
    PASSWORD,
  ),
];

/** Further liars, and further ways to hurt a client. */
const HOSTILE: Entry[] = [
  hostile(
    'http-cacher',
    'http',
    { kind: 'cacher' },
    'keeps answers by their URL, told not to or not',
    caught('replay', 'it answers from a cache', 'http_integrity'),
  ),
  hostile('http-advertiser', 'http', { kind: 'advertiser' }, 'puts a script into web pages alone', CHANGED),
  hostile('http-truncator', 'http', { kind: 'truncator' }, 'cuts the end off, and the length to fit', CHANGED),
  hostile(
    'http-cookie-setter',
    'http',
    { kind: 'cookie-setter' },
    'sets a cookie of its own with each answer',
    caught('body_diff', 'it puts a Set-Cookie header into answers'),
  ),
  hostile(
    'http-error-masker',
    'http',
    { kind: 'error-masker' },
    "turns a target's errors into 200",
    caught('always_200', "it turned the judge's HTTP 404 into 200", 'http_integrity'),
  ),
  hostile(
    'http-place-forger',
    'http',
    { kind: 'place-forger' },
    'says that it is in Switzerland',
    caught('signature', "the judge's signature is wrong"),
  ),
  {
    ...hostile(
      'http-password-leaker',
      'http',
      { kind: 'password-leaker' },
      'passes its own password on to every target',
      caught('header_leak', 'it passes the password that is meant for it alone on'),
    ),
    ...LOGIN,
  },
  hostile(
    'http-tracker',
    'http',
    { kind: 'tracker' },
    'tells every target who its user is, by X-UIDH',
    caught('header_leak', 'it adds x-uidh'),
  ),
  hostile(
    'http-exit-mover',
    'http',
    { kind: 'exit-mover', otherAddress: OTHER_EXIT.address },
    'leaves from two countries in turn',
    caught('exit_ip', 'its exit moved from', 'http_integrity'),
  ),
  hostile(
    'http-redirector',
    'http',
    { kind: 'redirector' },
    'sends everybody to a page of its own',
    fails('came back with HTTP 302'),
  ),
  hostile('http-length-liar', 'http', { kind: 'length-liar' }, 'announces more than it sends', CUT_OFF),
  hostile('http-framing-liar', 'http', { kind: 'framing-liar' }, 'frames one answer in two ways', NO_HTTP),
  hostile('http-chunk-liar', 'http', { kind: 'chunk-liar' }, 'sends chunks of negative size', NO_HTTP),
  hostile('http-body-pourer', 'http', { kind: 'body-pourer' }, 'answers without end', TOO_LARGE),
  hostile('http-header-pourer', 'http', { kind: 'header-pourer' }, 'sends headers without end', TOO_LARGE),
  hostile(
    'http-compression-bomb',
    'http',
    { kind: 'compression-bomb' },
    'sends gzip that inflates a thousandfold',
    fails('came in an encoding that was not asked for'),
  ),
];

const INTERCEPTORS: Entry[] = [
  hostile(
    'http-intercepting-tls',
    'http',
    { kind: 'connect-intercepting-tls', forward: true },
    'forwards honestly, and opens the TLS in its tunnels',
    INTERCEPTS,
  ),
];

const OCCASIONAL: Entry[] = [
  {
    ...http('http-occasional-liar', 'elite', 'changes some bytes of every third page'),
    behaviour: { kind: 'occasional-liar' },
    expectation: 'inconclusive',
  },
];

/** Every proxy of the lab, with the address and the port that it has unless a test asks for random ports. */
export const labProxies: readonly LabProxy[] = [
  ...HTTP,
  ...TUNNELS,
  ...UNDECIDED,
  ...BROKEN,
  ...HOSTILE,
  ...OCCASIONAL,
  ...INTERCEPTORS,
].map((entry, index) => {
  const number = index + 1;
  const [country, asn] = PLACES[index % PLACES.length] ?? PLACES[0];
  return { ...entry, address: `127.0.10.${number}`, port: DEFAULT_BASE_PORT + number, country, asn };
});

/** With a higher one the last proxies would have no port. */
export const HIGHEST_BASE_PORT = 65_535 - labProxies.length;
