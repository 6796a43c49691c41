import fc from 'fast-check';
import { type OpenApiDocument, resolveSchema, type Schema } from './document.ts';

/** Values for fields whose rules no schema can say, by the field's name. */
export type FieldHints = Readonly<Record<string, fc.Arbitrary<unknown>>>;

export interface Generator {
  document: OpenApiDocument;
  hints: FieldHints;
  /** Those of one operation, by its name; they win over the general ones. */
  operationHints?: Readonly<Record<string, FieldHints>>;
}

const MAX_GENERATED_LENGTH = 40;
const MAX_GENERATED_ITEMS = 3;
/** What a number without bounds of its own may be. */
const MAX_GENERATED_NUMBER = 2 ** 31;

/** An object schema with the fields of all its parts. */
export function mergedSchema(document: OpenApiDocument, unresolved: Schema): Schema {
  const schema = resolveSchema(document, unresolved);
  const parts = (schema.allOf ?? []).map((part) => mergedSchema(document, part));
  return {
    ...schema,
    properties: Object.assign({}, ...[schema, ...parts].map(({ properties }) => properties)),
    required: [schema, ...parts].flatMap(({ required = [] }) => required),
  };
}

function stringArbitrary({ format, pattern, minLength = 0, maxLength = MAX_GENERATED_LENGTH }: Schema) {
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, MAX_GENERATED_LENGTH)) });
}

function arrayArbitrary(generator: Generator, { items = {}, minItems = 0, maxItems = MAX_GENERATED_ITEMS }: Schema) {
  const maxLength = Math.max(minItems, Math.min(maxItems, MAX_GENERATED_ITEMS));
  return fc.array(valueArbitrary(generator, items), { minLength: minItems, maxLength });
}

function objectArbitrary(generator: Generator, schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], minProperties = 0, additionalProperties } = schema;
  const fields = Object.entries(properties).map(([name, field]): [string, fc.Arbitrary<unknown>] => {
    return [name, generator.hints[name] ?? valueArbitrary(generator, field)];
  });
  if (fields.length === 0 && typeof additionalProperties === 'object') {
    const values = valueArbitrary(generator, additionalProperties);
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), values, { maxKeys: MAX_GENERATED_ITEMS });
  }
  return fc
    .record<Record<string, unknown>>(Object.fromEntries(fields), { requiredKeys: required })
    .filter((value) => Object.keys(value).length >= minProperties);
}

/** Values that a schema accepts. */
export function valueArbitrary(generator: Generator, unresolved: Schema): fc.Arbitrary<unknown> {
  const schema = mergedSchema(generator.document, unresolved);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => valueArbitrary(generator, choice)));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => valueArbitrary(generator, { ...schema, type })));
  }
  const { minimum: min = -MAX_GENERATED_NUMBER, maximum: max = MAX_GENERATED_NUMBER } = schema;
  if (schema.type === 'integer') return fc.integer({ min: Math.ceil(min), max: Math.floor(max) });
  if (schema.type === 'number')
    return fc.integer({ min: 0, max: 1_000 }).map((part) => min + ((max - min) * part) / 1_000);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'string') return stringArbitrary(schema);
  return schema.type === 'array' ? arrayArbitrary(generator, schema) : objectArbitrary(generator, schema);
}
