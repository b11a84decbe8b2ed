import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";

import { connection } from "./connection.ts";
import { type Answer, type GraphQLProblem, post, TokenRefused } from "./request.ts";
import { session } from "./session.ts";
import type { UserErrorPartsFragment } from "./user_error.graphql.ts";

/** An operation as the build types it: what it answers, and the variables that it takes. */
export type TypedDocument<Result, Variables> = DocumentTypeDecoration<Result, Variables> & {
  toString(): string;
};

/** The API answered with errors of the request itself: it is not allowed, too much, or a bug. */
export class RequestFailed extends Error {
  readonly problems: GraphQLProblem[];
  /** In how many seconds the same may be asked with more luck; null where it would be refused again. */
  readonly retryAfter: number | null;

  constructor({ errors = [], retryAfter = SOON_SECONDS }: Answer) {
    super(errors.map((problem) => problem.message).join(" "));
    this.problems = errors;
    this.retryAfter = errors.some(isForNow) ? retryAfter : null;
  }
}

const SOON_SECONDS = 10;

/** So long an answer is waited for. The server gives up a query before, and a change that asks a provider takes its time. */
const QUERY_MS = 60_000;
const CHANGE_MS = 180_000;

const FOR_NOW: readonly string[] = ["RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"];

const isForNow = ({ extensions }: GraphQLProblem): boolean => FOR_NOW.includes(extensions?.code ?? "");

/** No answer came: the server is not reached, or what answers is not the API. */
export class Unreachable extends Error {}

/** The same, of a change: nobody knows whether it was made. */
export class AnswerLost extends Unreachable {}

/** What a mutation said of itself that can be expected to go wrong; nothing was changed. */
export class ChangeRefused extends Error {
  readonly errors: readonly UserErrorPartsFragment[];

  constructor(errors: readonly UserErrorPartsFragment[]) {
    super(errors.map((error) => error.message).join(" "));
    this.errors = errors;
  }
}

/**
 * The data of one operation, whole. Throws RequestFailed where the API refuses it, Unreachable where no answer
 * comes; a token that is no longer good ends the session.
 */
export async function ask<Result, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  return dataOf(await answer({ query: document.toString(), variables }, QUERY_MS, signal));
}

/** Like `ask`, of an operation that a page puts together at run time, such as the settings of an installed definition. */
export async function askUntyped(query: string, variables: object = {}): Promise<Record<string, unknown>> {
  return dataOf(await answer({ query, variables }, QUERY_MS));
}

/** Like `ask`, of a mutation; throws ChangeRefused where its payload has errors, and AnswerLost where none came. */
export async function change<Result extends object, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const found = await answer({ query: document.toString(), variables }, CHANGE_MS).catch((error) => {
    throw error instanceof Unreachable ? new AnswerLost(`${error.message} ${WHETHER_IT_WAS_MADE}`) : error;
  });
  const data: Result = dataOf(found);
  const payloads: ({ errors?: UserErrorPartsFragment[] } | null)[] = Object.values(data);
  const refused = payloads.flatMap((payload) => payload?.errors ?? []);
  if (refused.length > 0) throw new ChangeRefused(refused);
  return data;
}

const WHETHER_IT_WAS_MADE = "What you asked for may have been done all the same: look before you ask again.";

function dataOf(found: Answer) {
  if (found.errors?.length) throw new RequestFailed(found);
  return found.data;
}

async function answer(
  operation: { query: string; variables: object },
  longestMs: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const token = session.token();
  const late = AbortSignal.timeout(longestMs);
  try {
    const found = await post(token, operation, signal ? AbortSignal.any([signal, late]) : late);
    connection.found();
    return found;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof TokenRefused) {
      session.end(token);
      throw error;
    }
    connection.lost();
    throw new Unreachable(
      `No answer came (${late.aborted ? `none within ${longestMs / 1_000} s` : messageOf(error)}).`,
    );
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : "unknown");

/** A key for `idempotencyKey`: whoever repeats a change with the same one has it done once. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
