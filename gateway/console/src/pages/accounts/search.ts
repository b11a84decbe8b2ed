export const TABS = [
  "settings",
  "keys",
  "senders",
  "templates",
  "policy",
  "sources",
  "webhooks",
  "log",
] as const;

export type AccountTab = (typeof TABS)[number];

export type AccountSearch = { tab?: AccountTab };

/** Which tab of an account is open. */
export function accountSearch(given: Record<string, unknown>): AccountSearch {
  const tab = TABS.find((one) => one === given.tab);
  return tab ? { tab } : {};
}

export type NewAccountSearch = { made?: string };

/** The account that was just made, whose first steps are shown. */
export function newAccountSearch(given: Record<string, unknown>): NewAccountSearch {
  return typeof given.made === "string" ? { made: given.made } : {};
}
