import type { Command } from 'commander';
import { type ApiClient, createApiClient } from './api/client.ts';
import { readConnection } from './api/connection.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';

/** The options that every command has. */
export interface GlobalOptions {
  url: string;
  key?: string;
  json?: boolean;
  /** False by `--no-color`. */
  color: boolean;
}

/** What a command works with. */
export interface Session {
  api: ApiClient;
  terminal: Terminal;
  /** The API's JSON is asked for, not a table. */
  isJson: boolean;
  hasKey: boolean;
}

/** Runs a command with the connection that its options name. */
export function withSession<Options extends object, Arguments extends unknown[]>(
  run: (session: Session, options: Options, ...args: Arguments) => Promise<void>,
) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<GlobalOptions & Options>();
    const connection = readConnection(options);
    const terminal = createTerminal(options.color);
    if (connection.isKeyExposed) {
      terminal.note('switchyard: the key goes to this server without encryption: use https.');
    }
    const session: Session = {
      api: createApiClient(connection),
      terminal,
      isJson: options.json === true,
      hasKey: connection.key !== null,
    };
    await run(session, options, ...(given.slice(0, -2) as Arguments));
  };
}
