import { exports } from 'cloudflare:workers';
import { z } from 'zod';

type Json = Record<string, unknown>;

export interface DocumentedMedia {
  schema?: Json;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface DocumentedAnswer {
  description: string;
  content?: Record<string, DocumentedMedia>;
}

export interface DocumentedOperation {
  operationId?: string;
  summary?: string;
  requestBody?: DocumentedAnswer;
  responses: Record<string, DocumentedAnswer>;
}

export interface ApiDocument {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Json> };
}

interface ReceivedReply {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A schema with what it refers to in its place. */
function resolved(document: ApiDocument, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((part) => resolved(document, part));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref: reference } = schema as Json;
  if (typeof reference === 'string') {
    return resolved(document, document.components.schemas[reference.split('/').at(-1) ?? '']);
  }
  return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, resolved(document, part)]));
}

const compiled = new WeakMap<Json, z.ZodType>();

/** What is wrong with a value by a schema of a document, for people; null for nothing. */
export function problemOf(document: ApiDocument, schema: Json, value: unknown): string | null {
  const known =
    compiled.get(schema) ?? z.fromJSONSchema(resolved(document, schema) as Parameters<typeof z.fromJSONSchema>[0]);
  compiled.set(schema, known);
  const { success, error } = known.safeParse(value);
  return success ? null : z.prettifyError(error);
}

/** The document as the Worker under test gives it; null where that answers nothing but errors. */
async function loadDocument(): Promise<ApiDocument | null> {
  const response = await exports.default.fetch(new Request('http://switchyard.test/openapi.json'));
  if (response.status === 200) return response.json();
  await response.body?.cancel();
  return null;
}

let loading: Promise<ApiDocument | null> | undefined;

/** The operation that a request is for: of several templates that fit its path the one with the fewest parameters. */
function operationOf(document: ApiDocument, method: string, path: string): DocumentedOperation | null {
  const [pathname = ''] = path.split('?');
  const parts = pathname.split('/');
  const parametersIn = (template: string) => template.split('{').length;
  const fitting = Object.keys(document.paths).filter((template) => {
    const names = template.split('/');
    return names.length === parts.length && names.every((name, index) => name.startsWith('{') || name === parts[index]);
  });
  const [best] = fitting.sort((left, right) => parametersIn(left) - parametersIn(right));
  return (best === undefined ? null : document.paths[best]?.[method.toLowerCase()]) ?? null;
}

/** What of a reply is not as `/openapi.json` has it; null when all is, and where the document says nothing of the request. */
export async function undocumented(method: string, path: string, reply: ReceivedReply): Promise<string | null> {
  loading ??= loadDocument();
  const document = await loading;
  const operation = document && operationOf(document, method, path);
  if (!document || !operation) return null;
  const response = operation.responses[reply.status];
  if (!response) return `the status ${reply.status} is not documented`;
  if (!response.content) return reply.body === '' ? null : 'a body where none is documented';
  const [type = ''] = (reply.headers.get('content-type') ?? '').split(';');
  // What is JSON by its suffix has the schema of JSON (RFC 6839 section 3.1).
  const media = response.content[type] ?? (type.endsWith('+json') ? response.content['application/json'] : undefined);
  if (!media) return `the media type '${type}' is not documented for ${reply.status}`;
  return type.endsWith('json') && media.schema ? problemOf(document, media.schema, reply.body) : null;
}
