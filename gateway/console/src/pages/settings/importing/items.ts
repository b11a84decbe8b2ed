import type { Plan } from "../Import.tsx";

export type Item = Plan["items"][number];

const OF_A_SETTING = "setting ";

/** Whether an item is something to be said: it stands on both sides by its name. */
export const isQuestion = (item: Item): boolean => item.from === item.becomes;

/** Whether it is something that is to be made, or is here. */
export const isMade = (item: Item): boolean =>
  item.becomes != null && !item.from.startsWith(OF_A_SETTING) && !isQuestion(item);

/** Whether something is left to be made: what is here already says so of itself. */
export const isToBeMade = (item: Item): boolean => isMade(item) && !isHere(item);

const isHere = (item: Item): boolean => (item.difference ?? "").startsWith("It is here already");
