import { getOperationAST, parse } from "graphql";

import { post, TokenRefused } from "../api/request.ts";
import { follow } from "./tail.js";

const NO_SCHEMA =
  "This server does not tell its schema, so nothing is completed or explained here. Queries run all the same.";

/**
 * GraphiQL's fetcher: one POST for queries and mutations, server-sent events for subscriptions.
 * `onRefused` is called when the token is no longer good, `onStream` as `follow` says.
 */
export function createFetcher(token, { onRefused, onStream }) {
  return (params) => {
    const operation = operationOf(params);
    const asked = operation ? { ...params, operationName: operation.name?.value } : params;
    if (operation?.operation === "subscription") return follow(token, asked, { onRefused, onStream });
    return ask(token, asked, onRefused);
  };
}

// For a moment after a tab was opened GraphiQL still names the operation of the one before.
function operationOf({ query, operationName }) {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document);
  } catch {
    return null; // the server says what is wrong with it
  }
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
