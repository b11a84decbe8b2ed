import type { SourceTrust } from "../../../api/schema.ts";

/** What a source's trust means, for a person. */
export const TRUST_IN_WORDS: Record<SourceTrust, string> = {
  SERVER:
    "The key stays on a server. Its events are believed: they give numbers and opt-ins, and start texts.",
  BROWSER:
    "The key is in a page or an app, where anybody can read it. Its events may end consent. They never give a number or an opt-in, and start no text unless a mapping allows it.",
};
