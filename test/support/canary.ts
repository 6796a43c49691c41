import { createServer } from 'node:net';
import { listenAsPeer } from './listening-peer.ts';

/** A server that nobody is to come to: it keeps who came, and with what. */
export async function startCanary() {
  const came: string[] = [];
  const server = createServer((socket) => {
    came.push('a connection');
    socket.on('data', (bytes) => came.push(bytes.toString('latin1')));
  });
  return { came, ...(await listenAsPeer(server)) };
}
