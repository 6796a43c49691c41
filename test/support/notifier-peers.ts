import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { listenAsPeer, MAX_PEER_CONNECTIONS } from './listening-peer.ts';
import { testIdentityFiles } from './test-identity.ts';

/** Largest body or message that is kept. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The one user that the mail servers know. */
export const MAIL_USER = { username: 'mailer', password: 'correct horse' };

export interface NotifierAddresses {
  /** Receivers of webhooks, one a path: `PUT` says how it answers, `POST` is a delivery, `GET` tells what came. */
  hooks: string;
  /** `GET /?to=ADDRESS`: the messages that came for an address. */
  mails: string;
  /** Ports of the mail servers on `localhost`, by what they do. */
  smtp: Record<string, number>;
}

/** How a receiver answers: the statuses in turn, the last one for ever. */
export interface HookBehaviour {
  statuses?: number[];
  headers?: Record<string, string>;
  /** Never answers. */
  silent?: boolean;
}

export interface ReceivedHook {
  headers: Record<string, string>;
  body: string;
}

export interface ReceivedMail {
  from: string;
  to: string[];
  user: string | null;
  secure: boolean;
  text: string;
}

function readBody(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      if (text.length < MAX_BODY_BYTES) text += piece;
    });
    stream.on('end', () => resolve(text));
  });
}

function createHookServer() {
  const hooks = new Map<string, { behaviour: HookBehaviour; received: ReceivedHook[] }>();
  return createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const hook = hooks.get(path) ?? { behaviour: {}, received: [] };
    hooks.set(path, hook);
    void readBody(request).then((body) => {
      if (request.method === 'GET') return void response.end(JSON.stringify(hook.received));
      if (request.method === 'PUT') {
        hook.behaviour = JSON.parse(body);
        return void response.end();
      }
      const { statuses = [204], headers = {}, silent = false } = hook.behaviour;
      const status = statuses[Math.min(hook.received.length, statuses.length - 1)] ?? 204;
      hook.received.push({ headers: Object(request.headers), body });
      if (!silent) response.writeHead(status, headers).end();
    });
  });
}

const mails: ReceivedMail[] = [];

function createMailServer(options: SMTPServerOptions): TcpServer {
  const server = new SMTPServer({
    ...options,
    logger: false,
    maxClients: MAX_PEER_CONNECTIONS,
    closeTimeout: 100,
    onAuth({ username = '', password }, _session, callback) {
      const isRight = username === MAIL_USER.username && password === MAIL_USER.password;
      callback(isRight ? null : new Error('Invalid username or password'), isRight ? { user: username } : undefined);
    },
    onRcptTo({ address }, _session, callback) {
      callback(address.startsWith('nobody') ? new Error('no such mailbox') : null);
    },
    onData(stream, session, callback) {
      void readBody(stream).then((text) => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom ? mailFrom.address : '';
        const user = session.user === undefined ? null : String(session.user);
        mails.push({ from, to: rcptTo.map(({ address }) => address), user, secure: session.secure, text });
        callback(null);
      });
    },
  });
  server.on('error', () => undefined);
  return server.server;
}

/** Speaks SMTP up to STARTTLS and slips a line in behind its consent (RFC 3207 section 6). */
function createInjectingServer(): TcpServer {
  return createTcpServer((socket) => {
    socket.write('220 injecting.test ESMTP\r\n');
    socket.on('data', (data: Buffer) => {
      if (data.toString().startsWith('EHLO')) socket.write('250-injecting.test\r\n250 STARTTLS\r\n');
      else if (data.toString().startsWith('STARTTLS')) socket.write('220 go ahead\r\n250 injected\r\n');
    });
  });
}

/** Receivers of notifications on loopback: webhooks over HTTP, mail over real SMTP servers. */
export async function startNotifierPeers() {
  const files = testIdentityFiles();
  const tls = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
  const mailList = createServer((request, response) => {
    const to = new URL(request.url ?? '/', 'http://mails.test').searchParams.get('to') ?? '';
    response.end(JSON.stringify(mails.filter((mail) => mail.to.includes(to))));
  });
  const smtp: Record<string, TcpServer> = {
    plain: createMailServer({ authOptional: true, allowInsecureAuth: true, disabledCommands: ['STARTTLS'] }),
    tls: createMailServer({ ...tls, secure: true, authOptional: true }),
    starttls: createMailServer({ ...tls, authOptional: false }),
    injecting: createInjectingServer(),
    silent: createTcpServer(() => undefined),
    closing: createTcpServer((socket) => socket.end()),
  };
  const [hooks, list] = [await listenAsPeer(createHookServer()), await listenAsPeer(mailList)];
  const ports: Record<string, number> = {};
  const open = [hooks, list];
  for (const [name, server] of Object.entries(smtp)) {
    const bound = await listenAsPeer(server);
    ports[name] = bound.port;
    open.push(bound);
  }
  const addresses: NotifierAddresses = {
    hooks: `http://127.0.0.1:${hooks.port}`,
    mails: `http://127.0.0.1:${list.port}`,
    smtp: ports,
  };
  return {
    addresses,
    close: async () => {
      await Promise.all(open.map((peer) => peer.close()));
    },
  };
}
