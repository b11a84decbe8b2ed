import { Accordion, Button, Group, Modal, Text, Title } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";

import { freshKey } from "../../../api/ask.ts";
import { useAnswer, useChange } from "../../../api/queries.ts";
import { Failure } from "../../../parts/Failure.tsx";
import { LeaveGuard } from "../../../parts/LeaveGuard.tsx";
import { ShownOnce } from "../../../parts/ShownOnce.tsx";
import { useViewer } from "../../../shell/viewer.ts";
import { isSame } from "../../accounts/settings.ts";
import { ConnectedAccounts } from "./ConnectedAccounts.tsx";
import { Snippets } from "./Snippets.tsx";
import { NameAndTrust, OptInsAndPath, type SourceDraft } from "./SourceFields.tsx";
import { SourceCreateDocument, SourceDocument, type SourcePartsFragment } from "./sources.graphql.ts";

const EMPTY: SourceDraft = {
  name: "",
  trust: "SERVER",
  smsOptInTrait: "",
  whatsappOptInTrait: "",
  pathKeyAllowed: false,
};

/** Makes a source, then shows its write key once, with how to send events. */
export function NewSource({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<{ source: SourcePartsFragment; writeKey: string | null } | null>(null);

  // Whichever way it was closed, such as by going back: the key was shown this once.
  useEffect(() => {
    if (!opened) setMade(null);
  }, [opened]);

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={made ? `${made.source.name} is made` : "New source"}
      size="lg"
      // A click beside it must not take away a key that is shown once.
      closeOnClickOutside={made === null}
      closeOnEscape={made === null}
    >
      {made ? (
        <Made {...made} onDone={onClose} />
      ) : (
        <Form onMade={(source, writeKey) => setMade({ source, writeKey })} />
      )}
    </Modal>
  );
}

function Form({ onMade }: { onMade: (source: SourcePartsFragment, writeKey: string | null) => void }) {
  const { space } = useViewer();
  const [draft, setDraft] = useState(EMPTY);
  const idempotencyKey = useRef(freshKey());
  const create = useChange(SourceCreateDocument, {
    onDone: ({ sourceCreate: { source, writeKey } }) => source && onMade(source, writeKey ?? null),
    onLeft: ({ sourceCreate: { source } }) =>
      source &&
      `${source.name} is made. Its write key was shown to nobody: rotate it, in the panel of the source, to be shown one.`,
  });
  const fields = {
    draft,
    onChange: (changed: Partial<SourceDraft>) => {
      // Another input is another call.
      idempotencyKey.current = freshKey();
      setDraft({ ...draft, ...changed });
    },
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    create.run({
      input: {
        name: draft.name,
        space,
        trust: draft.trust,
        smsOptInTrait: draft.smsOptInTrait || null,
        whatsappOptInTrait: draft.whatsappOptInTrait || null,
        pathKeyAllowed: draft.trust === "SERVER" && draft.pathKeyAllowed,
        idempotencyKey: idempotencyKey.current,
      },
    });
  }

  return (
    <form onSubmit={submit}>
      <NameAndTrust isFirst {...fields} />
      <Accordion variant="contained" mt="md" chevronPosition="left" transitionDuration={0} order={3}>
        <Accordion.Item value="more">
          <Accordion.Control>Opt-in traits and the key in the path</Accordion.Control>
          <Accordion.Panel>
            <OptInsAndPath {...fields} />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
      <Failure of={create.error} title="The source was not made" />
      <Group justify="flex-end" mt="md">
        <Button type="submit" loading={create.isRunning}>
          Make the source
        </Button>
      </Group>
      <LeaveGuard isChanged={() => !isSame(draft, EMPTY)} />
    </form>
  );
}

type MadeProps = { source: SourcePartsFragment; writeKey: string | null; onDone: () => void };

function Made({ source: made, writeKey, onDone }: MadeProps) {
  // Connecting it changes it.
  const source = useAnswer(SourceDocument, { id: made.id }).data?.source ?? made;
  return (
    <>
      {writeKey === null && (
        <Text size="sm" role="status">
          An earlier try had made it, and its answer was lost on the way, the write key with it. Rotate the
          key, in the panel of the source, to be shown one.
        </Text>
      )}
      {writeKey && (
        <ShownOnce secret={writeKey} label="The write key">
          {source.trust === "SERVER"
            ? "Keep it where your server keeps its secrets. Lost, it can be rotated."
            : "It will be in your page or app, where anybody can read it: so little is believed of what it sends."}
        </ShownOnce>
      )}
      <Title order={3} size="h5" mt="md" mb={6}>
        Accounts that its events reach
      </Title>
      <ConnectedAccounts source={source} />
      <Title order={3} size="h5" mt="md" mb={6}>
        Send the first event
      </Title>
      <Snippets source={source} writeKey={writeKey} />
      <Group justify="flex-end" mt="md">
        <Button onClick={onDone}>{writeKey === null ? "Close" : "I have the key"}</Button>
      </Group>
    </>
  );
}
