/** A JSON schema as our document has it; what the examples need of one. */
export interface ExampleSchema {
  $ref?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  format?: string;
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  minimum?: number;
  properties?: Readonly<Record<string, ExampleSchema>>;
  additionalProperties?: boolean | ExampleSchema;
  items?: ExampleSchema;
  anyOf?: readonly ExampleSchema[];
  oneOf?: readonly ExampleSchema[];
  allOf?: readonly ExampleSchema[];
}

export interface ExampleSource {
  /** `components.schemas` of the document. */
  schemas: Readonly<Record<string, ExampleSchema>>;
  /** Examples by the name of a field, for those whose schema has none. */
  fields: Readonly<Record<string, unknown>>;
}

/** Deeper than any of our documents; a schema that contains itself ends here. */
const MAX_DEPTH = 12;

const FORMATS: Readonly<Record<string, unknown>> = {
  uuid: '01890000-0000-7000-8000-000000000000',
  'date-time': '2026-01-15T10:30:00.000Z',
  email: 'user@example.com',
  uri: 'https://example.com/',
};

function ofType({ type, format, minimum }: ExampleSchema): unknown {
  const name = typeof type === 'string' ? type : type?.find((one) => one !== 'null');
  if (name === 'string') return (format && FORMATS[format]) ?? 'text';
  if (name === 'integer' || name === 'number') return Math.max(minimum ?? 1, 1);
  return name === 'boolean' ? true : null;
}

/** An example of a schema: what it says itself, else one that its parts and the names of its fields make up. */
export function exampleOf(schema: ExampleSchema, source: ExampleSource, fieldName = '', depth = 0): unknown {
  if (depth > MAX_DEPTH) return null;
  const within = (part: ExampleSchema, name = fieldName) => exampleOf(part, source, name, depth + 1);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (Object.hasOwn(source.fields, fieldName)) return source.fields[fieldName];
  if (schema.$ref !== undefined) return within(source.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return within(alternatives.find(({ type }) => type !== 'null') ?? {});
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => within(part)));
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum.find((value) => value !== null) ?? null;
  if (schema.items) return [within(schema.items)];
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, part]) => [name, within(part, name)]));
  }
  if (typeof schema.additionalProperties === 'object') return { example: within(schema.additionalProperties, '') };
  return ofType(schema);
}
