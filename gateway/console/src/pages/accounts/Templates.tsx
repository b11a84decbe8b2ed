import { Accordion, Button, Group, Skeleton, Stack, Text } from "@mantine/core";

import { useRows } from "../../api/queries.ts";
import { CopyText } from "../../parts/CopyText.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { PhoneText } from "../../parts/PhoneText.tsx";
import { ApprovalTag } from "../../parts/StatusTags.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { When } from "../../parts/When.tsx";
import { useMay } from "../../shell/viewer.ts";
import { SyncButton } from "./SyncButton.tsx";
import type { AccountWhole } from "./shapes.ts";
import { type TemplateRowFragment, TemplatesDocument } from "./tabs.graphql.ts";

/** The templates that an account has, and what WhatsApp said of each. */
export function Templates({ account }: { account: AccountWhole }) {
  const mayChange = useMay("OPERATOR");
  const list = useRows(TemplatesDocument, { id: account.id }, (answer) => answer.destination?.templates);
  return (
    <>
      <Group justify="space-between" mb="sm" gap="sm">
        <Text size="sm" c="dimmed">
          What the account has, and what WhatsApp said of each: only an approved one begins a conversation
          there.
        </Text>
        {mayChange && <SyncButton accountId={account.id} of="templates" />}
      </Group>
      <Failure of={list.error} title="The templates could not be read" />
      {list.isPending && <Skeleton height={120} aria-busy="true" />}
      {!list.isPending && !list.error && list.rows.length === 0 && (
        <Empty title="No template is known yet">
          {account.status === "VERIFIED"
            ? "Make one in the provider's console, then sync."
            : "Their list is read once the account is verified."}
        </Empty>
      )}
      <Accordion variant="separated" order={2}>
        {list.rows.map((template) => (
          <Accordion.Item key={template.id} value={template.id}>
            <Accordion.Control>
              <Group gap="xs">
                <Text fw={500}>{template.name}</Text>
                <Text size="sm" c="dimmed">
                  {template.language}
                </Text>
                <ApprovalTag approval={template.approval} />
                {template.removedAt && <Tag tone="red">Removed</Tag>}
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <Template template={template} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {list.hasMore && (
        <Button variant="default" mt="md" loading={list.isLoadingMore} onClick={list.more}>
          Show more
        </Button>
      )}
    </>
  );
}

function Template({ template }: { template: TemplateRowFragment }) {
  return (
    <Group align="flex-start" gap="xl">
      <Stack gap="xs" style={{ flex: "1 1 260px", minWidth: 0 }}>
        {template.rejectionReason && (
          <Text size="sm">
            <b>Why it is not approved:</b> {template.rejectionReason}
          </Text>
        )}
        <CopyText text={template.sid} label="For a mapping's template field" />
        <Text size="sm">Forms: {template.types.join(", ") || "none"}</Text>
        <Text size="sm">
          Variables:{" "}
          {template.variableSamples.length === 0
            ? "none"
            : template.variableSamples
                .map(({ name, sample }) => `{{${name}}}${sample ? ` (without a value: ${sample})` : ""}`)
                .join(", ")}
        </Text>
        <Text size="xs" c="dimmed">
          Listed by the account <When at={template.syncedAt} />
          {template.removedAt && (
            <>
              ; not any more since <When at={template.removedAt} />
            </>
          )}
        </Text>
      </Stack>
      <div style={{ flex: "1 1 260px", minWidth: 0 }}>
        {template.body == null && template.media.length === 0 ? (
          <Text size="sm" c="dimmed">
            Its text is known from the next sync on.
          </Text>
        ) : (
          <PhoneText
            text={template.body ?? ""}
            media={template.media}
            buttons={template.buttons.map((button) => button.title)}
            channel="WHATSAPP"
            from="us"
          />
        )}
      </div>
    </Group>
  );
}
