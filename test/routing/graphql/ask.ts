import { expect } from 'vitest';
import { adminKey, call } from '../../support/harness.ts';

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: Record<string, unknown> & { code: string };
}

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: GraphqlError[];
}

interface Options {
  key?: string;
  variables?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Asks the Worker under test, as the admin unless told otherwise. */
export async function ask(query: string, { key = adminKey, variables, headers = {} }: Options = {}): Promise<Answer> {
  const reply = await call<object>('POST', '/graphql', { key, headers, json: { query, variables } });
  expect(reply.status).toBe(200);
  return reply.body as Answer;
}

/** The data of an answer that must have no errors. */
export async function dataOf(query: string, options: Options = {}): Promise<Record<string, unknown>> {
  const answer = await ask(query, options);
  expect(answer.errors).toBeUndefined();
  return answer.data ?? {};
}

/** Code and text of the one error of an answer. */
export async function errorOf(query: string, options: Options = {}): Promise<[code: string, message: string]> {
  const { errors = [] } = await ask(query, options);
  expect(errors).toHaveLength(1);
  return [errors[0]?.extensions.code ?? '', errors[0]?.message ?? ''];
}
