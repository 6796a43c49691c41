/** RFC 6455 section 7.4.1. */
export const CLOSE_POLICY_VIOLATION = 1008;
export const CLOSE_UNSUPPORTED_DATA = 1003;
export const CLOSE_TOO_BIG = 1009;

/**
 * The sockets of an object that sleeps: the platform holds them while the object is out of memory, so that idle readers
 * cost nothing. A tag names some of them, at most ten a socket, each of 256 characters at most.
 */
export function createSocketHub(ctx: DurableObjectState, maxSockets: number) {
  return {
    count: (): number => ctx.getWebSockets().length,

    /** Takes a reader in: the answer to its upgrade, and our end; null when there are as many as there may be. */
    accept(tags: string[]): { response: Response; socket: WebSocket } | null {
      if (ctx.getWebSockets().length >= maxSockets) return null;
      const { 0: client, 1: socket } = new WebSocketPair();
      ctx.acceptWebSocket(socket, tags);
      return { response: new Response(null, { status: 101, webSocket: client }), socket };
    },

    /** Sends texts to everyone, in their order. */
    broadcast(texts: readonly string[]): void {
      for (const socket of ctx.getWebSockets()) {
        try {
          for (const text of texts) socket.send(text);
        } catch {
          // It is on its way out; the platform forgets it.
        }
      }
    },

    /** Ends those with a tag, or all; returns how many. */
    close(code: number, reason: string, tag?: string): number {
      const sockets = ctx.getWebSockets(tag);
      for (const socket of sockets) socket.close(code, reason);
      return sockets.length;
    },
  };
}
