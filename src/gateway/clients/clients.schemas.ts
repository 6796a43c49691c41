import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { clientIdSchema, nameSchema } from '../gateway.schemas.ts';

export const clientParameters = z.object({ clientId: clientIdSchema });

const clientFields = z.object({ clientName: nameSchema });
export const newClientSchema = clientFields.openapi('NewClient');
export const clientChangeSchema = clientFields.partial().openapi('ClientChange');

const clientSchema = z
  .object({
    pKey: z.string(),
    sKey: z.string(),
    userId: z.string(),
    clientId: z.string(),
    clientName: z.string(),
    clientCreatedAt: timestampSchema,
    clientUpdatedAt: timestampSchema,
  })
  .openapi('Client');

export const clientsSchema = z.object({ clients: z.array(clientSchema), message: z.string() });
