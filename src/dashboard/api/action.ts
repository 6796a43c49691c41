import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { say } from '../parts/toast.tsx';

interface ActionOptions<Input, Answer> {
  run: (input: Input) => Promise<Answer>;
  /** Beginnings of paths whose answers it changes. */
  changes: readonly string[];
  /** What is said when it is done. */
  done?: string;
  /** The same, where it depends on what was done. */
  sayOf?: (answer: Answer) => string;
  onDone?: (answer: Answer) => void;
}

/**
 * Something that changes what the API has: what it changes is asked for again. It is done when that has come, so that a form
 * that is opened next begins with what was saved.
 */
export function useAction<Input, Answer>({ run, changes, done, sayOf, onDone }: ActionOptions<Input, Answer>) {
  const client = useQueryClient();
  const readChanged = () =>
    client.invalidateQueries({
      predicate: ({ queryKey }) => changes.some((path) => queryKey.some((part) => String(part).startsWith(path))),
    });
  return useMutation({
    mutationFn: run,
    onSuccess: async (answer) => {
      await readChanged();
      const text = sayOf?.(answer) ?? done;
      if (text !== undefined) say(text);
      onDone?.(answer);
    },
    onError: readChanged,
  });
}
