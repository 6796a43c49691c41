import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../platform/http/openapi.ts';
import { readableText } from '../platform/http/readable-text.ts';
import { roles } from './actor.ts';

const MAX_NAME_CHARACTERS = 100;
/** RFC 5321 section 4.5.3.1.3. */
const MAX_EMAIL_CHARACTERS = 254;
const MAX_INVITE_CHARACTERS = 64;
/** Largest change of a balance in one step. */
export const MAX_CREDITS_CHANGE = 1_000_000_000;

const nameField = readableText(MAX_NAME_CHARACTERS);

export const registerSchema = z
  .strictObject({
    email: z.email().max(MAX_EMAIL_CHARACTERS).openapi({ example: 'user@example.com' }),
    display_name: nameField.openapi({ example: 'Alice' }),
    invite: z.string().min(1).max(MAX_INVITE_CHARACTERS).optional(),
  })
  .openapi('Registration');

export const issuedKeySchema = z
  .object({
    id: z.uuid(),
    key: z.string().openapi({ description: 'Shown only here.', example: `pp_${'a1b2c3d4'.repeat(6)}` }),
    prefix: z.string(),
    label: z.string(),
    created_at: timestampSchema,
  })
  .openapi('IssuedKey');

export const registrationSchema = z.object({
  user: z.object({ id: z.uuid(), email: z.string(), display_name: z.string() }),
  api_key: issuedKeySchema.omit({ created_at: true }),
});

export const createKeySchema = z.strictObject({ label: nameField.default('default') });

export const keyListSchema = z.object({
  items: z.array(
    z.object({
      id: z.uuid(),
      prefix: z.string(),
      label: z.string(),
      created_at: timestampSchema,
      last_used_at: timestampSchema.nullable(),
      revoked_at: timestampSchema.nullable(),
    }),
  ),
});

export const accountSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    display_name: z.string(),
    role: z.enum(roles),
    client_id: z.uuid().openapi({ description: 'Of the default client of the gateway.' }),
    created_at: timestampSchema,
  })
  .openapi('Account');

export const adminAccountSchema = accountSchema.extend({ disabled: z.boolean() }).openapi('AdminAccount');

export const patchAccountSchema = z
  .strictObject({ role: z.enum(roles), disabled: z.boolean() })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'name role, disabled or both')
  .openapi({ minProperties: 1 });

export const inviteSchema = z.object({ invite: z.string() });
