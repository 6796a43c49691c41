import { exports } from 'cloudflare:workers';

export interface Message {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** A WebSocket that keeps what came, so that nothing is missed between two looks. */
export interface Listener {
  socket: WebSocket;
  messages: Message[];
  closed: { code: number; reason: string }[];
  /** The messages of a type. */
  of(type: string): Message[];
}

export function attach(response: Response): Listener {
  const socket = response.webSocket;
  if (!socket) throw new Error(`no WebSocket but ${response.status}`);
  const messages: Message[] = [];
  const closed: Listener['closed'] = [];
  socket.addEventListener('message', ({ data }) => void messages.push(JSON.parse(String(data))));
  socket.addEventListener('close', ({ code, reason }) => void closed.push({ code, reason }));
  socket.accept();
  return { socket, messages, closed, of: (type) => messages.filter((message) => message.type === type) };
}

/** Asks for an upgrade as a client does. */
export function upgrade(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(
    new Request(`http://switchyard.test${path}`, { headers: { upgrade: 'websocket', ...headers } }),
  );
}

export async function listen(key: string, path = '/ws'): Promise<Listener> {
  return attach(await upgrade(path, { 'x-api-key': key }));
}
