import { getOperationAST } from "graphql";
import { createClient } from "graphql-sse";

import { ENDPOINT, TokenRefused, fetchWith, post } from "./api.js";

/** GraphiQL's fetcher: one POST for queries and mutations, server-sent events for subscriptions. */
export function createFetcher(token, onRefused) {
  const events = createClient({
    url: ENDPOINT,
    retryAttempts: 0,
    async fetchFn(input, init) {
      const response = await fetchWith(token)(input, init);
      if (response.status === 401) onRefused();
      return response;
    },
  });
  return (params, { documentAST } = {}) => {
    const operation = documentAST && getOperationAST(documentAST, params.operationName);
    if (operation?.operation === "subscription") return events.iterate(params);
    return post(token, params).catch((error) => {
      if (error instanceof TokenRefused) onRefused();
      throw error;
    });
  };
}
