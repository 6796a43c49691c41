/** Each step is appended, never edited. */
export const feedMigrations = [
  {
    id: '0001-feed',
    statements: `
      -- The newest messages, some a row, as they were sent.
      CREATE TABLE tail (position INTEGER PRIMARY KEY, texts TEXT NOT NULL);
      -- Tickets that let somebody in, until they would have lapsed.
      CREATE TABLE used_tickets (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      -- Tags of keys and accounts that let nobody in any more, whatever another isolate still believes.
      CREATE TABLE ended (tag TEXT PRIMARY KEY) WITHOUT ROWID;
      -- The one row: when and with what the last stats_update went out.
      CREATE TABLE stats (sent_at INTEGER NOT NULL, sent TEXT NOT NULL);
      INSERT INTO stats VALUES (0, '');
    `,
  },
  {
    id: '0002-ages',
    statements: `
      ALTER TABLE tail ADD COLUMN kept_at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE ended ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;
    `,
  },
];
