import { useAnswer } from "../../api/queries.ts";
import { useMay } from "../../shell/viewer.ts";
import { ContactOfDocument } from "./delivery.graphql.ts";
import type { Whole } from "./useDelivery.ts";

/**
 * The id of the contact that a delivery is to, by its number; where nobody was found, and for a viewer, who sees no numbers,
 * by the userId of its event. A test is to nobody but its number.
 */
export function usePersonOf({ recipient, event, destination, test }: Whole): string | null {
  const seesNumbers = useMay("READER");
  const phone = (seesNumbers && recipient) || null;
  const userId = phone || test ? null : (event?.userId ?? null);
  const by = { phone, userId, space: destination.space };
  return useAnswer(ContactOfDocument, by, { enabled: Boolean(phone || userId) }).data?.contact?.id ?? null;
}
