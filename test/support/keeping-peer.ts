import type { Socket } from 'node:net';

/** A request as this peer reads it: it knows who asks, and that all of it is well formed. */
interface Asked {
  method: string;
  /** Of the path: what to do. */
  kind: string;
  /** Of the query: which request this is. */
  id: string;
  /** Bytes of the body that are yet to come. */
  bodyBytes: number;
}

interface Turn extends Asked {
  socket: Socket;
  /** Number of the connection, and of the request on it, from 1. */
  connection: number;
  place: number;
}

const FORGED = 'HTTP/1.1 200 OK\r\nX-Id: forged\r\nContent-Length: 6\r\n\r\nforged';

const head = ({ id, connection, place }: Turn, headers: string[], version = '1.1', status = '200 OK'): string =>
  [
    `HTTP/${version} ${status}`,
    `X-Id: ${id}`,
    `X-Connection: ${connection}`,
    `X-Place: ${place}`,
    ...headers,
    '',
    '',
  ].join('\r\n');

const withLength = (turn: Turn, headers: string[] = [], version = '1.1'): string => {
  const body = `answer ${turn.id}`;
  return head(turn, [...headers, `Content-Length: ${body.length}`], version) + (turn.method === 'HEAD' ? '' : body);
};

/** Requests after which more was said than was asked for, by now. */
const forgedAfter = new Set<string>();

/** After these another request may follow. */
const clean: Record<string, (turn: Turn) => void> = {
  length: (turn) => void turn.socket.write(withLength(turn)),
  chunks: (turn) =>
    void turn.socket.write(
      `${head(turn, ['Transfer-Encoding: chunked'])}${turn.method === 'HEAD' ? '' : '6\r\nanswer\r\n0\r\nX-Trailer: t\r\n\r\n'}`,
    ),
  noContent: (turn) => void turn.socket.write(head(turn, [], '1.1', '204 No Content')),
  interim: (turn) => void turn.socket.write(`HTTP/1.1 103 Early Hints\r\nX-Id: hint\r\n\r\n${withLength(turn)}`),
  inTwo(turn) {
    const answer = withLength(turn);
    turn.socket.write(answer.slice(0, -3));
    setTimeout(() => turn.socket.write(answer.slice(-3)), 5);
  },
};

/** After these nothing may follow, however much this peer would like it to. */
const unclean: Record<string, (turn: Turn) => void> = {
  garbage: (turn) => void turn.socket.write(withLength(turn) + FORGED),
  lineEnd: (turn) => void turn.socket.write(`${withLength(turn)}\r\n`),
  lateGarbage(turn) {
    turn.socket.write(withLength(turn));
    setTimeout(() => turn.socket.write(FORGED, () => forgedAfter.add(turn.id)), 5);
  },
  saysClose: (turn) => void turn.socket.write(withLength(turn, ['Connection: close'])),
  http10: (turn) => void turn.socket.write(withLength(turn, ['Connection: keep-alive'], '1.0')),
  untilClose: (turn) => void turn.socket.end(`${head(turn, [])}answer ${turn.id}`),
  truncated: (turn) => void turn.socket.end(`${head(turn, ['Content-Length: 1000'])}half`),
  bothFramings: (turn) =>
    void turn.socket.write(
      `${head(turn, ['Content-Length: 6', 'Transfer-Encoding: chunked'])}6\r\nanswer\r\n0\r\n\r\n`,
    ),
  twoLengths: (turn) => void turn.socket.write(withLength(turn, [`Content-Length: ${`answer ${turn.id}`.length}`])),
  ends: (turn) => void turn.socket.end(withLength(turn)),
  switches: (turn) => void turn.socket.write(head(turn, ['Upgrade: x', 'Connection: upgrade'], '1.1', '101 Switching')),
};

/** Clean, but it closes as the next request comes; `halfway` with a part of an answer. */
const treacherous: Record<string, (turn: Turn) => void> = {
  closesOnNext: clean.length ?? (() => undefined),
  halfwayOnNext: clean.length ?? (() => undefined),
};

/** What it may be asked for, by what may come after. */
export const KEPT_KINDS = {
  clean: Object.keys(clean),
  unclean: Object.keys(unclean),
  treacherous: Object.keys(treacherous),
};

function readHead(text: string): Asked {
  const [line = '', ...lines] = text.split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const { pathname, searchParams } = new URL(target, 'http://peer.test');
  const length = lines.find((one) => /^content-length:/i.test(one))?.split(':')[1] ?? '0';
  // A chunked body is never read to its end: `early` answers before it.
  return { method, kind: pathname.slice(1), id: searchParams.get('id') ?? '', bodyBytes: Number(length) };
}

/** Counts down busy answers, by the id of who asks. */
const asked = new Map<string, number>();

/** 503 to the first request of an id, then what `length` says. */
function busyOnce(turn: Turn): void {
  const times = (asked.get(turn.id) ?? 0) + 1;
  asked.set(turn.id, times);
  if (times > 1) return void clean.length?.(turn);
  turn.socket.write(head(turn, ['Content-Length: 4'], '1.1', '503 Busy').concat(turn.method === 'HEAD' ? '' : 'busy'));
}

/** The end of its answer never comes. */
const stalls = (turn: Turn): void => void turn.socket.write(`${head(turn, ['Content-Length: 1000'])}half`);

/** Whether the late garbage of a request is on its way: 200, else 404. */
function hasForged(turn: Turn): void {
  const status = forgedAfter.has(turn.id) ? '200 OK' : '404 Not Yet';
  turn.socket.end(head(turn, ['Content-Length: 0', 'Connection: close'], '1.1', status));
}

/**
 * A server and proxy of absolute-form that keeps its connections and says in each answer over which it went. What it does
 * is the path's first part; `early` answers before it has read the body.
 */
export function createKeepingPeer(): (socket: Socket) => void {
  let connections = 0;
  const kinds: Record<string, (turn: Turn) => void> = {
    ...clean,
    ...unclean,
    ...treacherous,
    busyOnce,
    hasForged,
    stalls,
  };
  return (socket) => {
    connections += 1;
    const connection = connections;
    let place = 0;
    let text = '';
    let last = '';
    const next = (): void => {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = readHead(text.slice(0, end));
      const isEarly = request.kind === 'early';
      if (!isEarly && text.length < end + 4 + request.bodyBytes) return;
      text = isEarly ? '' : text.slice(end + 4 + request.bodyBytes);
      if (last === 'closesOnNext') return void socket.destroy();
      if (last === 'halfwayOnNext') return void socket.end('HTTP/1.1 200 O');
      last = request.kind;
      place += 1;
      const turn = { ...request, socket, connection, place };
      if (isEarly) clean.length?.(turn);
      else kinds[request.kind]?.(turn);
      next();
    };
    // What it says unasked is to go out when it is said, not with the next answer.
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      text += data.toString('latin1');
      next();
    });
  };
}
