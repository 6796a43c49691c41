import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import {
  createBodyPourer,
  createCannedPageProxy,
  createChunkLiar,
  createCompressionBomb,
  createDrippingProxy,
  createFlakyProxy,
  createFramingLiar,
  createGarbageProxy,
  createHeaderPourer,
  createJudgeFaker,
  createLengthLiar,
  createRedirector,
  createResettingProxy,
  createSilentProxy,
} from './hostile.ts';
import { createHttpProxy } from './http-proxy.ts';
import type { LabBehaviour, LabLogin, LabProxy } from './lab-proxy.ts';
import {
  createAdvertiser,
  createBodyTamperer,
  createCacher,
  createCookieSetter,
  createErrorMasker,
  createExitMover,
  createOccasionalLiar,
  createPasswordLeaker,
  createPlaceForger,
  createReplayer,
  createTracker,
  createTruncator,
} from './liars.ts';
import { createSocks4Proxy, createSocks5Proxy } from './socks-proxy.ts';
import { closedPort, type OpenServer, openServer } from './tcp-server.ts';
import { createTlsInterceptingProxy } from './tls-interceptor.ts';

type Login = LabLogin | undefined;
type Create<Kind> = (behaviour: Extract<LabBehaviour, { kind: Kind }>, exitAddress: string, login: Login) => Server;

/** A login that nobody was told. */
const unknownLogin = () => ({ username: 'nobody', password: randomBytes(16).toString('hex') });

/** Kind of behaviour → the server that behaves so. */
const SERVERS: { [Kind in LabBehaviour['kind']]: Create<Kind> } = {
  http: ({ anonymity, tunnel, delayMs }, exitAddress, login) =>
    createHttpProxy({ exitAddress, anonymity, tunnel, delayMs, login, forward: true }),
  connect: ({ onlyPort, delayMs }, exitAddress, login) =>
    createHttpProxy({ exitAddress, tunnel: true, onlyPort, delayMs, login }),
  'connect-intercepting-tls': ({ forward = false }, exitAddress) =>
    createTlsInterceptingProxy(exitAddress, { forward }),
  socks4: ({ delayMs }, exitAddress) => createSocks4Proxy({ exitAddress, delayMs }),
  socks5: ({ delayMs }, exitAddress, login) => createSocks5Proxy({ exitAddress, delayMs, login }),
  'password-unknown': ({ protocol }, exitAddress) =>
    protocol === 'http'
      ? createHttpProxy({ exitAddress, forward: true, tunnel: true, login: unknownLogin() })
      : createSocks5Proxy({ exitAddress, login: unknownLogin() }),
  dead: () => createServer(),
  silent: () => createSilentProxy(),
  resetting: () => createResettingProxy(),
  dripping: () => createDrippingProxy(),
  flaky: (_behaviour, exitAddress) => createFlakyProxy(exitAddress),
  'canned-page': () => createCannedPageProxy(),
  'judge-faker': (_behaviour, exitAddress) => createJudgeFaker(exitAddress),
  replayer: (_behaviour, exitAddress) => createReplayer(exitAddress),
  'body-tamperer': (_behaviour, exitAddress) => createBodyTamperer(exitAddress),
  garbage: () => createGarbageProxy(),
  redirector: () => createRedirector(),
  'length-liar': () => createLengthLiar(),
  'framing-liar': () => createFramingLiar(),
  'chunk-liar': () => createChunkLiar(),
  'body-pourer': () => createBodyPourer(),
  'header-pourer': () => createHeaderPourer(),
  'compression-bomb': () => createCompressionBomb(),
  cacher: (_behaviour, exitAddress) => createCacher(exitAddress),
  advertiser: (_behaviour, exitAddress) => createAdvertiser(exitAddress),
  truncator: (_behaviour, exitAddress) => createTruncator(exitAddress),
  'cookie-setter': (_behaviour, exitAddress) => createCookieSetter(exitAddress),
  'error-masker': (_behaviour, exitAddress) => createErrorMasker(exitAddress),
  'place-forger': (_behaviour, exitAddress) => createPlaceForger(exitAddress),
  'password-leaker': (_behaviour, exitAddress, login) => createPasswordLeaker(exitAddress, login ?? unknownLogin()),
  tracker: (_behaviour, exitAddress) => createTracker(exitAddress),
  'exit-mover': ({ otherAddress }, exitAddress) => createExitMover(exitAddress, otherAddress),
  'occasional-liar': (_behaviour, exitAddress) => createOccasionalLiar(exitAddress),
};

function createServerOf<Kind extends LabBehaviour['kind']>(
  behaviour: Extract<LabBehaviour, { kind: Kind }>,
  kind: Kind,
  exitAddress: string,
  login: Login,
): Server {
  return SERVERS[kind](behaviour, exitAddress, login);
}

/** Starts one proxy of the lab at its address; port 0 takes a free one. Throws LabAddressError when it can't listen. */
export function openLabProxy(proxy: LabProxy): Promise<OpenServer> {
  const login = proxy.username === undefined ? undefined : { username: proxy.username, password: proxy.password ?? '' };
  const server = createServerOf(proxy.behaviour, proxy.behaviour.kind, proxy.address, login);
  return proxy.behaviour.kind === 'dead' ? closedPort(server, proxy) : openServer(server, proxy);
}
