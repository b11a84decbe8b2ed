import { getOperationAST } from "graphql";

import { TokenRefused, post } from "./api.js";
import { follow } from "./tail.js";

const NO_SCHEMA =
  "This server does not tell its schema, so nothing is completed or explained here. Queries run all the same.";

/**
 * GraphiQL's fetcher: one POST for queries and mutations, server-sent events for subscriptions.
 * `onRefused` is called when the token is no longer good, `onStream` as `follow` says.
 */
export function createFetcher(token, { onRefused, onStream }) {
  return (params, { documentAST } = {}) => {
    const operation = documentAST && getOperationAST(documentAST, params.operationName);
    if (operation?.operation === "subscription") return follow(token, params, { onRefused, onStream });
    return ask(token, params, onRefused);
  };
}

async function ask(token, params, onRefused) {
  try {
    const answer = await post(token, params);
    // GraphiQL shows a text that comes in place of a schema.
    const untold = params.operationName === "IntrospectionQuery" && !answer.data?.__schema;
    return untold ? JSON.stringify({ note: NO_SCHEMA }, null, 2) : answer;
  } catch (error) {
    if (!(error instanceof TokenRefused)) return { errors: [{ message: unanswered(error) }] };
    onRefused();
    return { note: "This was not run: the token was refused. Sign in, then run it again." };
  }
}

const unanswered = (error) =>
  `No answer came (${error.message}). A change that was asked for may have been made all the same: ` +
  "look before you ask again, or ask again with the same idempotencyKey.";
