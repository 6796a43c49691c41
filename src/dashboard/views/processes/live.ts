/** How often the processes are asked how they are. */
export const PROCESSES_EVERY_MS = 3_000;
