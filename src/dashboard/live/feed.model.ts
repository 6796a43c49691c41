import { formatNoun } from '../parts/format.model.ts';

/** What the feeds say: `GET /ws`. */
export interface FeedMessage {
  type: string;
  timestamp: string;
  data: Readonly<Record<string, unknown>>;
}

/** As many as are read at a glance. */
export const SHOWN_MESSAGES = 50;

/** Adds a message, the newest first. A feed that is opened again repeats its last ones: those are there already. */
export function addMessage(messages: readonly FeedMessage[], message: FeedMessage): readonly FeedMessage[] {
  // Figures of sessions, once a second: no event.
  if (message.type === 'stats_update') return messages;
  const text = JSON.stringify(message);
  if (messages.some((known) => known.timestamp === message.timestamp && JSON.stringify(known) === text))
    return messages;
  const place = messages.findIndex(({ timestamp }) => timestamp <= message.timestamp);
  const at = place === -1 ? messages.length : place;
  return [...messages.slice(0, at), message, ...messages.slice(at)].slice(0, SHOWN_MESSAGES);
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0);
const textOf = (value: unknown) => (typeof value === 'string' ? value : '–');

function describeChecks({ passed, failed, inconclusive }: FeedMessage['data']): string {
  const parts = [
    [numberOf(passed), 'passed'],
    [numberOf(failed), 'failed'],
    [numberOf(inconclusive), 'open'],
  ] as const;
  const count = parts.reduce((sum, [part]) => sum + part, 0);
  const outcomes = parts.filter(([part]) => part > 0).map(([part, word]) => `${part} ${word}`);
  return `${formatNoun(count, 'check')}: ${outcomes.join(', ')}`;
}

/** `pool_low` with `{pool: "default"}` as `Pool low: default`. */
function describeOther({ type, data }: FeedMessage): string {
  const words = type.replaceAll('_', ' ');
  const about = [data.pool, data.url, data.process, data.status].filter((part) => typeof part === 'string').join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${about === '' ? '' : `: ${about}`}`;
}

/** A message in words. */
export function describeMessage(message: FeedMessage): string {
  const { type, data } = message;
  if (type === 'checks') return describeChecks(data);
  if (type === 'proxy_status') {
    return `${textOf(data.protocol)}://${textOf(data.ip)}:${String(data.port)} is ${textOf(data.status)} now`;
  }
  if (type === 'process_status') return `Process ${textOf(data.process)} is ${textOf(data.status)}`;
  if (type === 'session_start') return `Session ${textOf(data.session_id)} began`;
  if (type === 'session_end')
    return `Session ${textOf(data.session_id)} ended${data.success === false ? ', failed' : ''}`;
  if (type === 'event') return `Session ${textOf(data.session_id)}: ${textOf(data.event_type)}`;
  return describeOther(message);
}

const BAD_NEWS = /_(?:low|exhausted|failed|deactivated|suspect)$/;

/** The tone of a message: what is good news, and what is not. */
export function toneOfMessage({ type, data }: FeedMessage): 'good' | 'bad' | 'accent' | 'idle' {
  if (type === 'proxy_status') return data.status === 'active' ? 'good' : 'bad';
  if (type === 'session_end') return data.success === false ? 'bad' : 'good';
  if (BAD_NEWS.test(type)) return 'bad';
  return type === 'checks' ? 'idle' : 'accent';
}
