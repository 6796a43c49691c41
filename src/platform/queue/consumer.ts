/** Handles one batch: acknowledges or retries each message itself. A throw retries what was not acknowledged. */
export type QueueConsumer<Services> = (
  batch: MessageBatch,
  services: Services,
  context: ExecutionContext,
) => Promise<void>;

/** The first pause before a message is delivered again; each further one is twice as long. */
const RETRY_BASE_SECONDS = 5;
const RETRY_MAX_SECONDS = 300;

/** How long a message rests before its next delivery, by how often it was delivered. */
export function retryDelaySeconds(attempts: number): number {
  return Math.min(RETRY_BASE_SECONDS * 2 ** Math.max(0, attempts - 1), RETRY_MAX_SECONDS);
}
