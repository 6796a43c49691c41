import { DurableObject } from 'cloudflare:workers';

/** Rows that are taken in turn: as many as the leases' bench has proxies. */
const STOCK_ROWS = 2_000;

/** Stands where the lease book stands: one row is updated in one transaction. */
export class FloorStock extends DurableObject {
  #next: number = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS stock (id INTEGER PRIMARY KEY, taken_at_ms INTEGER NOT NULL)');
    const ids = JSON.stringify(Array.from({ length: STOCK_ROWS }, (_, index) => index));
    ctx.storage.sql.exec('INSERT OR IGNORE INTO stock (id, taken_at_ms) SELECT value, 0 FROM json_each(?)', ids);
  }

  async take(): Promise<{ id: number; takenAtMs: number }> {
    const id = this.#next;
    this.#next = (id + 1) % STOCK_ROWS;
    const takenAtMs = Date.now();
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec('UPDATE stock SET taken_at_ms = ? WHERE id = ?', takenAtMs, id);
    });
    return { id, takenAtMs };
  }
}

/** Stands where the credit ledger stands: one row is inserted in one transaction. */
export class FloorJournal extends DurableObject {
  #balance: number = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, taken INTEGER NOT NULL)');
  }

  async book(taken: number): Promise<{ balance: number }> {
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec('INSERT INTO journal (taken) VALUES (?)', taken);
    });
    this.#balance += 1;
    return { balance: this.#balance };
  }
}

/** Stands where a live feed stands: a row is written, and every socket is told. */
export class FloorAudience extends DurableObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS told (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  }

  override async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async tell(text: string): Promise<{ listeners: number }> {
    this.ctx.storage.sql.exec('INSERT INTO told (text) VALUES (?)', text);
    const sockets = this.ctx.getWebSockets();
    for (const socket of sockets) socket.send(text);
    return { listeners: sockets.length };
  }
}
