import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';

const encryptionKeysSchema = z
  .object({
    sealing_key: z.string().openapi({ example: 'k2', description: 'Its id: what is stored now is encrypted with it.' }),
    keys: z.array(z.string()).openapi({ example: ['k1', 'k2'], description: 'Ids of all keys that decrypt.' }),
    secrets_under_other_keys: z.number().int().openapi({ description: 'No other key may go before this is 0.' }),
  })
  .openapi('EncryptionKeys');

const getEncryptionKeys = defineRoute({
  method: 'get',
  path: '/admin/encryption-keys',
  access: 'admin',
  summary: 'See how far a rotation of the encryption key has come',
  tags: ['Administration'],
  responses: { 200: jsonResponse(encryptionKeysSchema, 'Ids of keys, never keys.') },
});

export const reencryptionRoutes = createRouter<AppEnv>().openapi(getEncryptionKeys, async (context) =>
  context.json(await context.var.services.reencryption.status(), 200),
);
