type WaitUntil = (work: Promise<unknown>) => void;

/**
 * `waitUntil` for one invocation that has several things to wait for: the platform, whose own costs more than a promise,
 * is told of one for all that overlap. It hears of the first that fails.
 */
export function gatherWork(waitUntil: WaitUntil): WaitUntil {
  let open = 0;
  let settle: (() => void) | null = null;
  let failed: { error: unknown } | null = null;

  const begin = (): Promise<void> =>
    new Promise((resolve, reject) => {
      settle = () => (failed === null ? resolve() : reject(failed.error));
    });
  const end = (): void => {
    open -= 1;
    if (open === 0) settle?.();
  };

  return (work) => {
    open += 1;
    if (open === 1) {
      failed = null;
      waitUntil(begin());
    }
    work.then(end, (error: unknown) => {
      failed ??= { error };
      end();
    });
  };
}
