import { ConsentStatus } from "../../api/schema.ts";

export type PeopleSearch = { consent?: ConsentStatus; find?: string };

/** What the address of the list says: whom to list, or whom to look up. */
export function peopleSearch({ consent, find }: Record<string, unknown>): PeopleSearch {
  return {
    ...(isConsent(consent) && { consent }),
    // A number without its + is read as one from an address.
    ...((typeof find === "string" || typeof find === "number") && { find: String(find) }),
  };
}

const isConsent = (value: unknown): value is ConsentStatus =>
  typeof value === "string" && Object.hasOwn(ConsentStatus, value);

export const TABS = ["timeline", "conversation", "why"] as const;
export type Tab = (typeof TABS)[number];
export type PersonSearch = { tab?: Tab; mappingId?: string };

/** What the address of a person says: which side of them is looked at, and of which mapping it is asked why. */
export function personSearch({ tab, mappingId }: Record<string, unknown>): PersonSearch {
  const known = TABS.find((one) => one === tab);
  return {
    ...(known && { tab: known }),
    ...(typeof mappingId === "string" && { mappingId }),
  };
}
