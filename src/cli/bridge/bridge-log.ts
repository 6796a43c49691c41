import { printable } from '../terminal/printable.model.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { HeldLease } from './held-lease.model.ts';

/** What happens in the bridge; never a password. */
export interface BridgeEvent {
  event:
    | 'listening'
    | 'leased'
    | 'renewed'
    | 'released'
    | 'ended'
    | 'dead'
    | 'no_lease'
    | 'unanswered'
    | 'draining'
    | 'done';
  message: string;
  [detail: string]: string | number;
}

export type TellBridge = (event: BridgeEvent) => void;

/** A proxy in a line, without its password. */
export function upstreamName({ upstream: { protocol, host, port } }: HeldLease): string {
  return `${protocol} ${host}:${port}`;
}

/** For people lines on standard error, for scripts JSON on standard output. */
export function createBridgeLog(terminal: Terminal, isJson: boolean): TellBridge {
  return (event) => {
    const timestamp = new Date().toISOString();
    if (isJson) terminal.json({ timestamp, ...event });
    else terminal.note(printable(`${timestamp} ${event.event.padEnd(10)} ${event.message}`));
  };
}
