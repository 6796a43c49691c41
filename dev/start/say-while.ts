/** How often it is said that something still goes on. */
export const SAY_EVERY_MS = 10_000;

/** Settles as `work` does; says meanwhile, every so often, that it still goes on and since when. */
export async function sayWhile<Result>(
  doing: string,
  work: Promise<Result>,
  say: (text: string) => void,
  everyMs = SAY_EVERY_MS,
): Promise<Result> {
  const startedAtMs = Date.now();
  const timer = setInterval(() => {
    say(`  still ${doing}, ${Math.round((Date.now() - startedAtMs) / 1000)} s …`);
  }, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
