import { ask, type TypedDocument } from "./ask.ts";
import { type AnswerOptions, useAnswer } from "./queries.ts";

/** So many rows of a list are offered at most: who has more finds the rest by its page. */
export const MOST_OFFERED = 1_000;

type Pages = {
  edges: unknown[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
};

/**
 * Like `ask`, of an operation that takes `after`, with all pages of the connection that `of` finds in its answer put
 * into the first: what is to be chosen from ends at no page.
 */
export async function askWhole<Result, Variables extends { after?: string | null }>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  of: (result: Result) => Pages | null | undefined,
  signal?: AbortSignal,
): Promise<Result> {
  const whole = await ask(document, variables, signal);
  const first = of(whole);
  let last = first;
  while (first && last?.pageInfo.hasNextPage && first.edges.length < MOST_OFFERED) {
    last = of(await ask(document, { ...variables, after: last.pageInfo.endCursor }, signal));
    first.edges.push(...(last?.edges ?? []));
  }
  return whole;
}

/** Like `useAnswer`, with `askWhole`. */
export function useWhole<Result, Variables extends { after?: string | null }>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  of: (result: Result) => Pages | null | undefined,
  options: AnswerOptions<Result> = {},
) {
  return useAnswer(document, variables, options, (asked, given, signal) =>
    askWhole(asked, given, of, signal),
  );
}
