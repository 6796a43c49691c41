import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useRef } from 'preact/hooks';
import { ApiError, isOffline } from './api-error.ts';
import { newIdempotencyKey } from './idempotency.ts';
import { readAgain } from './queries.ts';

interface SpendOptions<Input, Answer> {
  /** Asks with the key that makes a second try give the first answer. */
  ask: (input: Input, idempotencyKey: string) => Promise<Answer>;
  onDone?: (answer: Answer) => void;
}

/**
 * Something that costs credits: when its answer was lost, trying again does not cost again. Leases and credits are asked for
 * anew afterwards.
 */
export function useSpending<Input, Answer>({ ask, onDone }: SpendOptions<Input, Answer>) {
  const client = useQueryClient();
  const attempt = useRef({ key: '', input: '' });
  return useMutation({
    mutationFn: (input: Input) => {
      const asked = JSON.stringify(input);
      if (attempt.current.input !== asked) attempt.current = { key: newIdempotencyKey(), input: asked };
      return ask(input, attempt.current.key);
    },
    onSuccess: (answer) => onDone?.(answer),
    onSettled: (_answer, error) => {
      const isAnswerLost = isOffline(error) || (error instanceof ApiError && error.refusal.status >= 500);
      if (!isAnswerLost) attempt.current = { key: '', input: '' };
      void client.invalidateQueries({ queryKey: ['/account/leases'] });
      void client.invalidateQueries({ queryKey: ['/account/credits'] });
      void readAgain(client, '/account/transactions');
    },
  });
}
