/** Five messages a batch make 25 sub-invocations: the platform allows 32 an invocation. */
export const CHECKS_PER_MESSAGE = 5;

/**
 * One proxy whose round is due. The round makes the hint harmless: a result counts only for the round that its row is in,
 * so a message that comes twice, late or shuffled changes nothing.
 */
export interface CheckRequest {
  id: string;
  round: number;
}

/** A message of the queue `CHECKS`: at most `CHECKS_PER_MESSAGE` proxies. A hint only; the row is the truth. */
export interface CheckMessage {
  proxies: CheckRequest[];
  /** Present when a batch ran out of time and sent these again; a second time they are left to cron. */
  again?: boolean;
}

/** Cuts a list of due proxies into messages. */
export function toCheckMessages(requests: readonly CheckRequest[]): CheckMessage[] {
  const messages: CheckMessage[] = [];
  for (let start = 0; start < requests.length; start += CHECKS_PER_MESSAGE) {
    messages.push({ proxies: requests.slice(start, start + CHECKS_PER_MESSAGE) });
  }
  return messages;
}
