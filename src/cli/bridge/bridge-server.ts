import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, Server as JointServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type PrepareRequestFunctionOpts, type PrepareRequestFunctionResult, RequestError, Server } from 'proxy-chain';
import { AllFailed, withFailOver } from './fail-over.ts';
import { askThrough, passAnswer, readReplayableBody, TargetTooSlow } from './forward-http.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { NoLease } from './purse.ts';
import { authority, openTunnel } from './upstream.ts';

/** Clients at once; a browser opens a few dozen. */
const MAX_CONNECTIONS = 1_000;
const REALM = 'switchyard';

export interface BridgeServerOptions {
  host: string;
  port: number;
  /** `user:password` that clients must show; null: none. */
  auth: string | null;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** What a client is told when its request was not carried. */
function refusal(error: unknown): Error {
  if (error instanceof NoLease) {
    const body = `Switchyard has no proxy for this right now. ${error.message}\n`;
    return new RequestError(body, 503, { 'Retry-After': String(error.retryAfterSeconds) });
  }
  if (error instanceof AllFailed) return new RequestError(`No proxy reached it. ${error.message}\n`, 502);
  if (error instanceof TargetTooSlow) return new RequestError('The answer took too long to begin.\n', 504);
  if (error instanceof RequestError) return error;
  const what = error instanceof Error ? error.message : 'unknown';
  return new RequestError(`The proxy broke off, and this must not be sent twice: ${what}\n`, 502);
}

/** Joins two sockets until one of them ends. */
function join(client: Socket, tunnel: Socket): void {
  client.pipe(tunnel);
  tunnel.pipe(client);
  for (const [one, other] of [
    [client, tunnel],
    [tunnel, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

/** The proxy that clients see: proxy-chain's server, whose requests go through leases and fail over. */
export class BridgeServer extends Server {
  readonly #keeper: LeaseKeeper;
  readonly #authDigest: Buffer | null;

  constructor({ host, port, auth }: BridgeServerOptions, keeper: LeaseKeeper) {
    super({ host, port, authRealm: REALM, prepareRequestFunction: (request) => this.#prepare(request) });
    this.#keeper = keeper;
    this.#authDigest = auth === null ? null : digest(auth);
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** Plain HTTP: the library's own forwarding knows no second proxy. */
  override async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { trgParsed: url } = await this.prepareRequestHandling(request);
      if (url === null) throw new RequestError('The target could not be read.\n', 400);
      await this.#forward(request, response, url);
    } catch (error) {
      if (response.headersSent) request.socket.destroy();
      else this.failRequest(request, refusal(error));
    }
  }

  async #prepare(prepared: PrepareRequestFunctionOpts): Promise<PrepareRequestFunctionResult> {
    const { request, username, password, hostname, port, isHttp } = prepared;
    const isKnown = this.#authDigest === null || timingSafeEqual(this.#authDigest, digest(`${username}:${password}`));
    if (!isKnown) return { requestAuthentication: true };
    if (isHttp) return {};
    try {
      return { customConnectServer: await this.#openTunnel(request.socket, hostname, port) };
    } catch (error) {
      throw refusal(error);
    }
  }

  /** A tunnel that is open before the client hears so; the library hands the client's socket to what this returns. */
  async #openTunnel(client: Socket, host: string, port: number): Promise<JointServer> {
    const target = { host, port };
    const attempted = { isTunnel: true, target: authority(target), isAbandoned: () => client.destroyed };
    const { tunnel, lease } = await withFailOver(this.#keeper, attempted, async (taken) => ({
      tunnel: await openTunnel(taken.upstream, target),
      lease: taken,
    }));
    const forget = this.#keeper.onEnd(lease, () => tunnel.destroy());
    tunnel.once('close', () => {
      forget();
      this.#keeper.done(lease);
    });
    tunnel.on('error', () => client.destroy());
    client.once('close', () => tunnel.destroy());
    if (client.destroyed) tunnel.destroy();
    const joint = new JointServer();
    return joint.removeAllListeners('connection').on('connection', (socket: Socket) => join(socket, tunnel));
  }

  async #forward(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const body = await readReplayableBody(request);
    const attempted = { isTunnel: false, target: url.origin, isAbandoned: () => request.socket.destroyed };
    const { answer, lease } = await withFailOver(this.#keeper, attempted, async (taken) => ({
      answer: await askThrough({ request, response, url, body }, taken),
      lease: taken,
    }));
    const forget = this.#keeper.onEnd(lease, () => answer.destroy());
    try {
      await passAnswer(answer, response);
    } finally {
      forget();
      this.#keeper.done(lease);
    }
  }
}
