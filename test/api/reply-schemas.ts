import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApiDocument, Operation, Schema } from './document.ts';

/** The document with its replies closed, and as it is. */
const DOCUMENT = 'closed';
const OPEN_DOCUMENT = 'open';
const JSON_TYPE = 'application/json';
const JSON_SCHEMA = ['content', JSON_TYPE, 'schema'];

/** In place: no value described here may have a field that is not described. */
function close(schema: Schema): void {
  // It says that anything may be there.
  if (Object.keys(schema).length === 0) return;
  Object.assign(schema, { unevaluatedProperties: false });
  closeParts(schema);
}

function closeParts(schema: Schema): void {
  for (const part of Object.values(schema.properties ?? {})) close(part);
  if (typeof schema.additionalProperties === 'object') close(schema.additionalProperties);
  if (schema.items) close(schema.items);
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) close(part);
  // The parts of an intersection know only their own fields.
  for (const part of schema.allOf ?? []) closeParts(part);
}

function closedCopy(document: OpenApiDocument): OpenApiDocument {
  const copy: OpenApiDocument = JSON.parse(JSON.stringify(document));
  // A component may be a part of an intersection: its fields are closed, it itself only where it is used.
  for (const schema of Object.values(copy.components.schemas)) closeParts(schema);
  for (const methods of Object.values(copy.paths)) {
    for (const { responses } of Object.values(methods)) {
      for (const { content } of Object.values(responses))
        for (const { schema } of Object.values(content ?? {})) close(schema);
    }
  }
  return copy;
}

function pointer(...parts: (string | number)[]): string {
  return parts
    .map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
}

/** Judges values by the schemas of a document, with fields that it does not describe counted as wrong in replies. */
export function createSchemaJudge(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
  addFormats.default(ajv);
  ajv.addSchema(JSON.parse(JSON.stringify(document)), OPEN_DOCUMENT, false, false);
  ajv.addSchema(closedCopy(document), DOCUMENT, false, false);
  const compiled = new Map<string, ValidateFunction>();
  /** What is wrong with a value by the schema at a place of the document; null for nothing. */
  const problemOf = (place: string, value: unknown): string | null => {
    const validate = compiled.get(place) ?? ajv.compile({ $ref: place });
    compiled.set(place, validate);
    const isValid: boolean = validate(value);
    return isValid ? null : ajv.errorsText(validate.errors);
  };
  return {
    /** What is wrong with a reply's body; null when it is as documented for its media type. */
    replyProblem(
      { path, method, responses }: Operation,
      status: number,
      body: unknown,
      contentType: string | null = JSON_TYPE,
    ): string | null {
      const response = responses[status];
      if (!response) return `the status ${status} is not documented`;
      if (!response.content) return body === null ? null : 'a body where none is documented';
      const [type = ''] = (contentType ?? '').split(';');
      if (!(type in response.content)) return `the media type ${type} is not documented`;
      const place = pointer(path, method.toLowerCase(), 'responses', status, 'content', type, 'schema');
      // An empty text is a text.
      return problemOf(`${DOCUMENT}#/paths${place}`, body === null && type.startsWith('text/') ? '' : body);
    },

    /** True when a body is one that the operation documents. */
    acceptsBody({ path, method }: Operation, body: unknown): boolean {
      const place = pointer(path, method.toLowerCase(), 'requestBody', ...JSON_SCHEMA);
      return problemOf(`${OPEN_DOCUMENT}#/paths${place}`, body) === null;
    },
  };
}

export type SchemaJudge = ReturnType<typeof createSchemaJudge>;
