import type { AccountQuery } from "./account.graphql.ts";

/** An account as its page reads it. */
export type AccountWhole = NonNullable<AccountQuery["destination"]>;
