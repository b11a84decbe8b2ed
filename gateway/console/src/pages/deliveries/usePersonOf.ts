import { useAnswer } from "../../api/queries.ts";
import { useMay } from "../../shell/viewer.ts";
import { ContactOfDocument } from "./delivery.graphql.ts";
import type { Whole } from "./useDelivery.ts";

/** The id of the contact that a delivery is to; a viewer, who sees no numbers, finds it by the userId. */
export function usePersonOf({ recipient, event }: Whole): string | null {
  const seesNumbers = useMay("READER");
  const by = seesNumbers ? { phone: recipient || null } : { userId: event?.userId ?? null };
  const isKnown = Object.values(by).some(Boolean);
  return useAnswer(ContactOfDocument, by, { enabled: isKnown }).data?.contact?.id ?? null;
}
