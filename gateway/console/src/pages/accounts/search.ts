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

export type AccountSearch = { tab?: AccountTab; sender?: string };

/** Which tab of an account is open, and which of its senders. */
export function accountSearch(given: Record<string, unknown>): AccountSearch {
  const tab = TABS.find((one) => one === given.tab);
  return {
    ...(tab && { tab }),
    ...(typeof given.sender === "string" && { sender: given.sender }),
  };
}

export type NewAccountSearch = { made?: string };

/** The account that was just made, whose first steps are shown. */
export function newAccountSearch(given: Record<string, unknown>): NewAccountSearch {
  return typeof given.made === "string" ? { made: given.made } : {};
}
