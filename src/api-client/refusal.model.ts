/** A field of a request that the API did not take. */
export interface FieldIssue {
  path: string;
  message: string;
}

export interface Refusal {
  message: string;
  /** 0: there was no answer at all. */
  status: number;
  code: string;
  issues: readonly FieldIssue[];
  /** By which an operator finds it in the log. */
  requestId: string | null;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The fields that were not taken, of an error's details. */
export function issuesOf(details: unknown): FieldIssue[] {
  const { issues } = objectOf(details);
  if (!Array.isArray(issues)) return [];
  return issues.map((issue) => {
    const { path, message } = objectOf(issue);
    return { path: String(path ?? ''), message: String(message ?? '') };
  });
}

/** Reads the error shapes of all faces (contract, "Error shapes"); a body that is none of them is named by its status. */
export function readRefusal(status: number, body: unknown, requestId: string | null): Refusal {
  const { error, detail, code } = objectOf(body);
  const nested = objectOf(error);
  const text = [nested.message, error, detail].find((part) => typeof part === 'string');
  return {
    status,
    code: String(nested.code ?? code ?? `HTTP_${status}`),
    message: typeof text === 'string' ? text : `The server answered with status ${status}.`,
    issues: issuesOf(nested.details),
    requestId,
  };
}
