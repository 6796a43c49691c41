import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { readableText } from '../../platform/http/readable-text.ts';
import { MAX_CREDITS_CHANGE } from '../accounts.schemas.ts';
import { transactionTypes } from './credit-ledger.types.ts';

const MAX_DESCRIPTION_CHARACTERS = 200;

export const transactionSchema = z.object({
  amount: z.number().int(),
  tx_type: z.enum(transactionTypes),
  description: z.string(),
  created_at: timestampSchema,
});

export const creditsSchema = z
  .object({ balance: z.number().int(), recent_transactions: z.array(transactionSchema) })
  .openapi('Credits');

export const changeCreditsSchema = z
  .strictObject({
    amount: z
      .number()
      .int()
      .min(-MAX_CREDITS_CHANGE)
      .max(MAX_CREDITS_CHANGE)
      .refine((amount) => amount !== 0, 'must not be zero'),
    type: z.enum(['purchase', 'adjustment']).default('purchase'),
    description: readableText(MAX_DESCRIPTION_CHARACTERS),
  })
  .refine((change) => change.amount >= 0 || change.type === 'adjustment', {
    path: ['amount'],
    message: 'may be negative only as an adjustment',
  });

export const balanceSchema = z.object({ balance: z.number().int(), transaction_id: z.number().int() });
