import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Caller } from '../accounts/actor.ts';
import { defineRoute } from '../accounts/route.ts';
import type { AppEnv } from '../app-env.ts';
import type { ErrorCode } from '../platform/errors/error-codes.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, type Idempotency, idempotencyHeaders } from '../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../platform/http/openapi.ts';
import type { Services } from '../services.ts';
import { messageSchema } from './gateway.schemas.ts';

/** What can be done with the parts of one kind that are in one place. */
export interface PartVerbs<Input, Change, View> {
  list(): Promise<View[]>;
  create(input: Input, idempotency: Idempotency | null): Promise<{ body: View; replayed: boolean }>;
  get(id: string): Promise<View>;
  change(id: string, change: Change): Promise<View>;
  remove(id: string): Promise<void>;
}

/** What is particular to the routes of one kind of part. */
export interface PartFace<Place extends z.ZodObject, Input, Change, View, List extends object> {
  /** As in "Get a target", "List targets" and "Target deleted". */
  names: { one: string; many: string; title: string };
  /** Of the list; a part is at `/{idParameter}` below it. */
  path: string;
  idParameter: string;
  /** What of the path says where the parts are; empty for those of the account itself. */
  placeSchema: Place;
  /** The same with the id. */
  partSchema: z.ZodObject;
  inputSchema: z.ZodType<Input>;
  changeSchema: z.ZodType<Change>;
  listSchema: z.ZodType<List>;
  /** Every answer is a list, that of a single part too. */
  listOf(views: View[]): List;
  /** What they may answer besides what all routes may. */
  errors: { create: readonly ErrorCode[]; change: readonly ErrorCode[]; remove: readonly ErrorCode[] };
  verbs(
    services: Services,
    place: z.output<Place>,
    caller: Caller,
  ): PartVerbs<Input, Change, View> | Promise<PartVerbs<Input, Change, View>>;
}

/** The definitions of the five routes. */
function definitionsOf<Place extends z.ZodObject, Input, Change, View, List extends object>(
  face: PartFace<Place, Input, Change, View, List>,
) {
  const { names, path, listSchema, errors } = face;
  const place: z.ZodObject = face.placeSchema;
  const inPlace = Object.keys(place.shape).length > 0 ? { params: place } : {};
  const common = { access: 'read' as const, tags: ['Gateway'] };
  const ofList = { ...common, path };
  const ofPart = { ...common, path: `${path}/{${face.idParameter}}` };
  const params = face.partSchema;
  return {
    list: defineRoute({
      method: 'get',
      summary: `List ${names.many}`,
      ...ofList,
      request: { ...inPlace },
      responses: { 200: jsonResponse(listSchema, 'All of them.') },
    }),
    create: defineRoute({
      method: 'post',
      summary: `Create a ${names.one}`,
      ...ofList,
      request: { ...inPlace, headers: idempotencyHeaders, body: jsonBody(face.inputSchema) },
      responses: { 201: jsonResponse(listSchema, `The ${names.one}.`) },
      errors: [...errors.create, ...IDEMPOTENCY_ERRORS],
    }),
    get: defineRoute({
      method: 'get',
      summary: `Get a ${names.one}`,
      ...ofPart,
      request: { params },
      responses: { 200: jsonResponse(listSchema, `The ${names.one}.`) },
    }),
    change: defineRoute({
      method: 'put',
      summary: `Change a ${names.one}; what is left out stays`,
      ...ofPart,
      request: { params, body: jsonBody(face.changeSchema) },
      responses: { 200: jsonResponse(listSchema, `The ${names.one} as it is now.`) },
      errors: errors.change,
    }),
    remove: defineRoute({
      method: 'delete',
      summary: `Delete a ${names.one}`,
      ...ofPart,
      request: { params },
      responses: { 200: jsonResponse(messageSchema, 'Deleted.') },
      errors: errors.remove,
    }),
  };
}

/** The routes to list, create, get, change and delete the parts of one kind. */
export function partRoutes<Place extends z.ZodObject, Input, Change, View, List extends object>(
  face: PartFace<Place, Input, Change, View, List>,
) {
  const routes = definitionsOf(face);
  const verbsOf = async (context: Context<AppEnv>) => {
    const { caller, services } = context.var;
    return face.verbs(services, face.placeSchema.parse(context.req.param()), caller);
  };
  const idOf = (context: Context<AppEnv>) => context.req.param(face.idParameter) ?? '';
  return createRouter<AppEnv>()
    .openapi(routes.list, async (context) => {
      const verbs = await verbsOf(context);
      return context.json(face.listOf(await verbs.list()), 200);
    })
    .openapi(routes.create, async (context) => {
      const input = context.req.valid('json');
      const body = await answerOnce(context, async (idempotency) =>
        (await verbsOf(context)).create(input, idempotency),
      );
      return context.json(face.listOf([body]), 201);
    })
    .openapi(routes.get, async (context) => {
      const verbs = await verbsOf(context);
      return context.json(face.listOf([await verbs.get(idOf(context))]), 200);
    })
    .openapi(routes.change, async (context) => {
      const verbs = await verbsOf(context);
      const changed = await verbs.change(idOf(context), context.req.valid('json'));
      return context.json(face.listOf([changed]), 200);
    })
    .openapi(routes.remove, async (context) => {
      const verbs = await verbsOf(context);
      await verbs.remove(idOf(context));
      return context.json({ message: `${face.names.title} deleted successfully` }, 200);
    });
}

/** The verbs of a service whose parts are in clients, in one of them. */
export function verbsInClient<Input, Change, View>(
  parts: {
    list(clientId: string, caller: Caller): Promise<View[]>;
    create(
      clientId: string,
      input: Input,
      caller: Caller,
      idempotency: Idempotency | null,
    ): Promise<{ body: View; replayed: boolean }>;
    get(clientId: string, id: string, caller: Caller): Promise<View>;
    change(clientId: string, id: string, change: Change, caller: Caller): Promise<View>;
    remove(clientId: string, id: string, caller: Caller): Promise<void>;
  },
  clientId: string,
  caller: Caller,
): PartVerbs<Input, Change, View> {
  return {
    list: () => parts.list(clientId, caller),
    create: (input, idempotency) => parts.create(clientId, input, caller, idempotency),
    get: (id) => parts.get(clientId, id, caller),
    change: (id, change) => parts.change(clientId, id, change, caller),
    remove: (id) => parts.remove(clientId, id, caller),
  };
}
