import type { Counts } from "./counts.ts";

/** What a bar is made of, from its foot to its top. Each has its colour in the style sheet. */
export const SERIES: readonly { key: keyof Counts; name: string }[] = [
  { key: "delivered", name: "Delivered" },
  { key: "underWay", name: "On the way" },
  { key: "failed", name: "Failed" },
  { key: "suppressed", name: "Suppressed" },
];
