/** JSON Schema (2020-12) as our document uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

interface MediaTypes {
  content?: Record<string, { schema: Schema }>;
}

interface DocumentedOperation {
  summary?: string;
  tags?: string[];
  security?: object[];
  parameters?: Parameter[];
  requestBody?: MediaTypes & { required?: boolean };
  responses: Record<string, MediaTypes & { description: string }>;
}

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Operation extends DocumentedOperation {
  /** For example `POST /proxies/acquire`. */
  name: string;
  method: string;
  path: string;
  isPublic: boolean;
  parameters: Parameter[];
  /** Null when the operation takes no body. */
  bodySchema: Schema | null;
}

/** The operations of a document, in its order. */
export function readOperations(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const { parameters = [], requestBody, security = [] } = operation;
      return {
        ...operation,
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        isPublic: security.length === 0,
        parameters,
        bodySchema: requestBody?.content?.['application/json']?.schema ?? null,
      };
    }),
  );
}

/** What a `$ref` into the document's own components stands for; any other schema is itself. */
export function resolveSchema(document: OpenApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (!target) throw new Error(`${schema.$ref} leads nowhere`);
  return resolveSchema(document, target);
}

/** The error codes that an operation's description of a status names. */
export function documentedCodes(operation: Operation, status: number): string[] {
  const { description = '' } = operation.responses[status] ?? {};
  return [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code);
}
