import { createServer } from 'node:net';
import { UserError } from '../project.ts';

const LOOPBACK = '127.0.0.1';

/** Listens for a moment: the port taken, or an error. */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      const bound = server.address();
      const taken = typeof bound === 'object' && bound ? bound.port : port;
      server.close(() => resolve(taken));
    });
  });
}

/** The port itself, or a free one for 0. Throws UserError when it is taken. */
export async function claimPort(port: number): Promise<number> {
  try {
    return await tryPort(port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new UserError(
        `Port ${port} is taken. Stop what listens there, or choose another: npm start -- --port ${port + 1}`,
      );
    }
    if (code === 'EACCES') throw new UserError(`Port ${port} may not be used by you. Choose one above 1023.`);
    throw error;
  }
}
