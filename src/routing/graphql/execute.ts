import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { AppError } from '../../platform/errors/app-error.ts';
import type { ErrorCode } from '../../platform/errors/error-codes.ts';
import {
  ofRequest,
  renderGraphqlError,
  type ShownGraphqlError,
  toShownGraphqlError,
} from '../../platform/errors/graphql-mapper.ts';
import { MAX_QUERY_TOKENS, queryProblem } from './query-limits.model.ts';
import { typeDefinitions } from './type-definitions.ts';

/** Nobody mends more mistakes at once. */
const MAX_SHOWN_ERRORS = 10;

/** Request in the form of GraphQL over HTTP. */
export interface GraphqlRequest {
  query: string;
  variables?: Readonly<Record<string, unknown>> | null | undefined;
  operationName?: string | null | undefined;
}

/** An answer; without `data` nothing was executed. */
export interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: ShownGraphqlError[];
}

/** By the name of a root field, what gives its value. */
export type RootValue = Readonly<Record<string, (parameters: never, context: unknown, info: never) => unknown>>;

let builtSchema: GraphQLSchema | null = null;

/** The schema, built when the first request of an isolate needs it. */
function schemaOf(): GraphQLSchema {
  builtSchema ??= buildSchema(typeDefinitions);
  return builtSchema;
}

/** Passwords of providers are in what is asked: no message may quote from there. */
function mayHoldSecrets({ query, variables }: GraphqlRequest): boolean {
  return /password/i.test(query) || /password/i.test(JSON.stringify(variables ?? null));
}

function parsed(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxLexicalTokens: MAX_QUERY_TOKENS, maxComments: MAX_QUERY_TOKENS });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return error;
  }
}

interface Refusal {
  code: ErrorCode;
  errors: readonly GraphQLError[];
}

/** What is wrong with a document before anything of it is executed; null when it may be. */
function refusalOf(document: DocumentNode, schema: GraphQLSchema): Refusal | null {
  const tooMuch = queryProblem(document, schema);
  if (tooMuch !== null) return { code: 'QUERY_TOO_COMPLEX', errors: [new GraphQLError(tooMuch)] };
  const errors = validate(schema, document, specifiedRules, { maxErrors: MAX_SHOWN_ERRORS });
  return errors.length > 0 ? { code: 'GRAPHQL_VALIDATION_FAILED', errors } : null;
}

/**
 * Runs one operation. Limits and validation come first: no field is resolved of a document that they refuse. `onThrown`
 * hears of every error that a field threw, and of what the caller sees of it.
 */
export async function executeGraphql(
  request: GraphqlRequest,
  rootValue: RootValue,
  onThrown: (error: GraphQLError, shown: AppError) => void,
): Promise<GraphqlAnswer> {
  const hasSecrets = mayHoldSecrets(request);
  const refused = ({ code, errors }: Refusal): GraphqlAnswer => ({
    errors: errors.map((error) => renderGraphqlError(error, ofRequest(code, error, hasSecrets))),
  });
  const document = parsed(request.query);
  if (document instanceof GraphQLError) return refused({ code: 'GRAPHQL_PARSE_FAILED', errors: [document] });
  const schema = schemaOf();
  const refusal = refusalOf(document, schema);
  if (refusal) return refused(refusal);
  const { errors, data }: ExecutionResult = await execute({
    schema,
    document,
    rootValue,
    variableValues: request.variables ?? null,
    operationName: request.operationName ?? null,
  });
  const shown = errors?.map((error) => {
    const visible = toShownGraphqlError(error, hasSecrets);
    onThrown(error, visible);
    return renderGraphqlError(error, visible);
  });
  // Without data nothing was executed: what was wrong is the variables, or the name of the operation.
  return { ...(shown && { errors: shown }), ...(data !== undefined && { data: data && { ...data } }) };
}
