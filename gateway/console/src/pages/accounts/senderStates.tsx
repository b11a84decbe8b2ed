import type { Tone } from "../../parts/Tag.tsx";
import { spelled } from "../../parts/words.ts";
import type { AccountWhole } from "./shapes.ts";
import type { SenderRowFragment } from "./tabs.graphql.ts";

/** "WHATSAPP_SENDER" → "WhatsApp sender". */
export const senderKindInWords = (kind: SenderRowFragment["kind"]) =>
  spelled(kind).replace("Whatsapp", "WhatsApp");

type Inbound = { tone: Tone; words: string; isOurs: boolean };

/** Where what people write to a sender goes. */
export function inboundOf(sender: SenderRowFragment, account: AccountWhole): Inbound {
  if (sender.kind === "ALPHANUMERIC") return { tone: "grey", words: "Cannot be answered", isOurs: false };
  if (sender.inboundUrl == null) return { tone: "grey", words: "Not connected", isOurs: false };
  // The rest of the address may hold a key, which is shown to some alone.
  const ours = account.inboundUrl?.split(`/webhooks/${account.id}/`)[0];
  if (ours !== undefined && sender.inboundUrl.startsWith(`${ours}/webhooks/${account.id}/`))
    return { tone: "green", words: "Come here", isOurs: true };
  return { tone: "amber", words: "Go elsewhere", isOurs: false };
}
