import { GraphQLError } from 'graphql';
import { type AppError, appError } from './app-error.ts';
import type { ErrorCode } from './error-codes.ts';
import { inWords } from './error-shapes.ts';
import { toAppError } from './http-mapper.ts';

/** What the library says of values, which may be a secret put where it does not belong. */
const QUOTED_VALUE = /(\bvalue: |\bfound |\bUnexpected \w+ ).*/s;

/** A message of the library's own as an error of the table; of a request that may hold secrets without what it quotes. */
export function ofRequest(code: ErrorCode, { message }: GraphQLError, hasSecrets: boolean): AppError {
  return appError(code, { message: hasSecrets ? message.replace(QUOTED_VALUE, '$1[redacted]') : message });
}

/** The error that a caller may see for one of an execution: anything unknown says nothing of its inside. */
export function toShownGraphqlError(error: GraphQLError, hasSecrets: boolean): AppError {
  const thrown = error.cause ?? error.originalError;
  const isOfLibrary = thrown === undefined || thrown instanceof GraphQLError;
  if (!isOfLibrary) return toAppError(thrown);
  // What the library says of its own accord is about the request: a variable, an argument. Of a field's value it is about us.
  const isOfField = error.path !== undefined && error.nodes?.[0]?.kind === 'Field';
  return isOfField ? appError('INTERNAL') : ofRequest('GRAPHQL_VALIDATION_FAILED', error, hasSecrets);
}

/** An error of the GraphQL face. */
export interface ShownGraphqlError {
  message: string;
  locations?: { line: number; column: number }[];
  path?: (string | number)[];
  extensions: Record<string, unknown> & { code: string };
}

/** The GraphQL face's shape: `extensions` has the code of the table, and the error's details beside it. */
export function renderGraphqlError(error: GraphQLError, shown: AppError): ShownGraphqlError {
  const { locations, path } = error;
  return {
    message: inWords(shown),
    ...(locations && { locations: locations.map(({ line, column }) => ({ line, column })) }),
    ...(path && { path: [...path] }),
    extensions: { ...shown.details, code: shown.code },
  };
}
