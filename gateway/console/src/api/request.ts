export const ENDPOINT = "/graphql";

/** The server knows no such token, or no longer. */
export class TokenRefused extends Error {}

export type GraphQLProblem = {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; remedy?: string; requestId?: string };
};

export type Answer = {
  // biome-ignore lint/suspicious/noExplicitAny: what data holds is for the caller to say, who knows the operation
  data?: any;
  errors?: GraphQLProblem[];
  extensions?: { requestId?: string };
  /** In how many seconds it may be asked again, where the server says so. */
  retryAfter?: number;
};

export type Operation = { query: string; variables?: object; operationName?: string };

/** A fetch that carries the token and nothing else that could authenticate. */
export function fetchWith(token: string) {
  return (input: string, init: RequestInit = {}) =>
    fetch(input, {
      ...init,
      credentials: "omit",
      headers: { ...init.headers, Authorization: `Bearer ${token}` },
    });
}

/**
 * The answer to one operation. Where a payload has errors, `extensions.requestId` says which request it was.
 * Throws TokenRefused, or an Error when no answer came or it is none of the API's.
 */
export async function post(token: string, operation: Operation, signal?: AbortSignal): Promise<Answer> {
  const response = await fetchWith(token)(ENDPOINT, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json;q=0.9",
      "Content-Type": "application/json",
    },
    body: JSON.stringify(operation),
    signal,
  });
  return answerOf(response);
}

/** What a response holds. Throws as `post` does. */
export async function answerOf(response: Response): Promise<Answer> {
  const type = response.headers.get("Content-Type") ?? "nothing";
  const answer: Answer | null = type.includes("json") ? await response.json() : null;
  if (
    response.status === 401 ||
    answer?.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED")
  ) {
    throw new TokenRefused(answer?.errors?.[0]?.message ?? "The server refused the token.");
  }
  if (answer === null) throw new Error(`the server answered ${response.status} with ${type}, not with JSON`);
  if (answer.data === undefined && !Array.isArray(answer.errors)) {
    throw new Error(`the server answered ${response.status} with JSON that is no answer of the API`);
  }
  const retryAfter = Number(response.headers.get("Retry-After"));
  if (retryAfter > 0) answer.retryAfter = retryAfter;
  const requestId = response.headers.get("X-Request-Id");
  return requestId && isRefused(answer)
    ? { ...answer, extensions: { ...answer.extensions, requestId } }
    : answer;
}

// The errors of GraphQL itself each say it already.
function isRefused({ data }: Answer): boolean {
  const payloads: ({ errors?: unknown[] } | null)[] = Object.values(data ?? {});
  return payloads.some((payload) => (payload?.errors?.length ?? 0) > 0);
}

export type Role = "ADMIN" | "OPERATOR" | "READER" | "VIEWER";
export type Viewer = { name: string; role: Role; space: string };

/** Who the token belongs to. Throws as `post` does. */
export async function whoAmI(token: string): Promise<Viewer> {
  const { data, errors } = await post(token, { query: "query WhoAmI { viewer { name role space } }" });
  if (!data?.viewer)
    throw new Error(errors?.[0]?.message ?? "The server did not say who the token belongs to.");
  return data.viewer;
}
