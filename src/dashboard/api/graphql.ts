import { issuesOf } from '../../api-client/refusal.model.ts';
import { ApiError } from './api-error.ts';
import { call } from './call.ts';

interface GraphqlAnswer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions: { code: string } }[];
}

/** Errors of GraphQL come with a 200: what they are is said by their code. */
const REFUSED = 422;

/** Asks the routing face. Throws ApiError with what its first error says. */
export async function askGraphql<Data>(
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<Data> {
  const json = { query, variables };
  const { data, errors } = await call<GraphqlAnswer<Data>>('POST', '/graphql', { json, ...(signal ? { signal } : {}) });
  const [error] = errors ?? [];
  if (error || !data) {
    const { message, extensions } = error ?? { message: 'The answer is empty.', extensions: { code: 'INTERNAL' } };
    throw new ApiError({
      message,
      status: REFUSED,
      code: extensions.code,
      issues: issuesOf(extensions),
      requestId: null,
    });
  }
  return data;
}
