import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { say } from '../parts/toast.tsx';

interface ActionOptions<Input, Answer> {
  run: (input: Input) => Promise<Answer>;
  /** Beginnings of paths whose answers it changes. */
  changes: readonly string[];
  /** What is said when it is done. */
  done?: string;
  onDone?: (answer: Answer) => void;
}

/** Something that changes what the API has: what it changes is asked for again. */
export function useAction<Input, Answer>({ run, changes, done, onDone }: ActionOptions<Input, Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (answer) => {
      if (done !== undefined) say(done);
      onDone?.(answer);
    },
    onSettled: () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => changes.some((path) => queryKey.some((part) => String(part).startsWith(path))),
      }),
  });
}
