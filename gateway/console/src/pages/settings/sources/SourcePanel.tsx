import { Skeleton, Text } from "@mantine/core";

import { useAnswer } from "../../../api/queries.ts";
import { Failure } from "../../../parts/Failure.tsx";
import { SidePanel } from "../../../parts/SidePanel.tsx";
import { DisabledTag, TrustTag } from "../../../parts/SourceTags.tsx";
import { useMay } from "../../../shell/viewer.ts";
import { Section } from "../Section.tsx";
import { ConnectedAccounts } from "./ConnectedAccounts.tsx";
import { DeleteSource } from "./DeleteSource.tsx";
import { EditSource } from "./EditSource.tsx";
import { Refusals } from "./Refusals.tsx";
import { SharedSecret } from "./SharedSecret.tsx";
import { Snippets } from "./Snippets.tsx";
import { SourceDocument, type SourcePartsFragment } from "./sources.graphql.ts";
import { TRUST_IN_WORDS } from "./trust.ts";
import { WriteKey } from "./WriteKey.tsx";

type Props = { id: string | null; onClose: () => void; onDeleted: () => void };

/** One source: what it is, what lets it in, what its events reach, and what was refused. */
export function SourcePanel({ id, onClose, onDeleted }: Props) {
  const query = useAnswer(SourceDocument, { id: id ?? "" }, { enabled: id !== null });
  const source = query.data?.source?.id === id ? query.data?.source : null;
  const isAbsent = !source && !query.isPending && !query.isPlaceholderData;
  return (
    <SidePanel opened={id !== null} title={source?.name ?? "Source"} onClose={onClose}>
      {source ? (
        <Source key={source.id} source={source} onDeleted={onDeleted} />
      ) : query.error ? (
        <Failure of={query.error} title="The source could not be read" />
      ) : isAbsent ? (
        <Text size="sm">There is no such source, or it was deleted.</Text>
      ) : (
        <Skeleton height={200} />
      )}
    </SidePanel>
  );
}

function Source({ source, onDeleted }: { source: SourcePartsFragment; onDeleted: () => void }) {
  const mayChange = useMay("ADMIN");
  return (
    <>
      <Text size="sm" component="div">
        <TrustTag trust={source.trust} /> <DisabledTag source={source} />
        <Text size="sm" c="dimmed" mt={6}>
          {TRUST_IN_WORDS[source.trust]}
          {!source.enabled && " It is disabled: its events are refused."}
        </Text>
      </Text>
      {source.refusals.length > 0 && (
        <Section title="What was refused">
          <Refusals refusals={source.refusals} />
        </Section>
      )}
      <Section title="Accounts that its events reach">
        <ConnectedAccounts source={source} />
      </Section>
      <Section title="Write key">
        <WriteKey source={source} />
      </Section>
      <Section title="How to send events">
        <Snippets source={source} />
      </Section>
      {source.trust === "SERVER" && (
        <Section title="Shared secret">
          <SharedSecret source={source} />
        </Section>
      )}
      {mayChange && (
        <>
          <Section title="Settings">
            <EditSource source={source} />
          </Section>
          <Section title="Delete">
            <DeleteSource source={source} onDeleted={onDeleted} />
          </Section>
        </>
      )}
    </>
  );
}
