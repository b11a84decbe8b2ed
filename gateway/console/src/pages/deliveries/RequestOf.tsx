import { Code, Text } from "@mantine/core";

import { Fold } from "../../parts/Fold.tsx";
import { RequestBody } from "../../parts/RequestBody.tsx";
import { Section } from "./Section.tsx";
import type { Whole } from "./useDelivery.ts";

/** What the provider was asked for the last time. */
export function RequestOf({ delivery: { request } }: { delivery: Whole }) {
  if (!request) return null;
  return (
    <Section title="The request">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <Code>{request.method}</Code> {request.url}
      </Text>
      <Fold label="What it said">
        <RequestBody form={request.form} json={request.json} />
      </Fold>
    </Section>
  );
}
