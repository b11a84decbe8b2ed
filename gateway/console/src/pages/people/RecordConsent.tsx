import {
  Alert,
  Autocomplete,
  Button,
  Group,
  Radio,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useChange } from "../../api/queries.ts";
import type { Channel, ConsentStatus } from "../../api/schema.ts";
import { Failure } from "../../parts/Failure.tsx";
import { useMay } from "../../shell/viewer.ts";
import { RecordConsentDocument } from "./person.graphql.ts";

type Said = { channel: Channel; status: ConsentStatus };
type Props = { phone: string; space: string; onClose: () => void; onDone: (said: Said) => void };

const METHODS = ["web form", "phone call", "paper form", "e-mail", "in the shop"];
const CHANNELS: { value: Channel; label: string }[] = [
  { value: "SMS", label: "SMS and MMS" },
  { value: "WHATSAPP", label: "WhatsApp" },
];
const BLANK = { method: "", wordingVersion: "", at: "", url: "", sender: "", note: "" };

/** What somebody said, and what shows it. */
export function RecordConsent({ phone, space, onClose, onDone }: Props) {
  const [status, setStatus] = useState<ConsentStatus>("SUBSCRIBED");
  const [channel, setChannel] = useState<Channel>("SMS");
  const [given, setGiven] = useState(BLANK);
  const change = useChange(RecordConsentDocument, { onDone: () => onDone({ channel, status }) });
  const set = (name: keyof typeof BLANK) => (value: string) => setGiven((now) => ({ ...now, [name]: value }));
  const field = (name: keyof typeof BLANK) => ({
    value: given[name],
    onChange: (event: { currentTarget: { value: string } }) => set(name)(event.currentTarget.value),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    change.run({
      input: {
        phone,
        space,
        channel,
        status,
        sender: given.sender.trim() || null,
        evidence: {
          method: given.method.trim(),
          wordingVersion: given.wordingVersion.trim() || null,
          url: given.url.trim() || null,
          note: given.note.trim() || null,
          at: given.at ? new Date(given.at).toISOString() : null,
        },
      },
    });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Radio.Group
          label="What was said"
          value={status}
          onChange={(value) => setStatus(value as ConsentStatus)}
        >
          <Group mt={6}>
            <Radio value="SUBSCRIBED" label="Yes, send me texts" data-autofocus />
            <Radio value="UNSUBSCRIBED" label="No more texts" />
          </Group>
        </Radio.Group>
        <Select
          label="Channel"
          data={CHANNELS}
          value={channel}
          onChange={(value) => value && setChannel(value as Channel)}
          allowDeselect={false}
        />
        <Autocomplete
          label="How it was said"
          description="Such as web form or phone call; what you would show if asked."
          data={METHODS}
          value={given.method}
          onChange={set("method")}
          required
          maxLength={255}
        />
        <TextInput label="Which wording they saw" placeholder="v2" {...field("wordingVersion")} />
        <TextInput
          label="When it was said"
          description="Empty: now."
          type="datetime-local"
          {...field("at")}
        />
        <TextInput label="Where they saw it" placeholder="https://…" {...field("url")} />
        <TextInput
          label="To one sender alone"
          description="Its number or service, where it was said to one; empty: to all of the channel."
          {...field("sender")}
        />
        <Textarea label="Note" autosize minRows={2} {...field("note")} />
        {change.error && status === "SUBSCRIBED" && <OwnStop />}
        <Failure of={change.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={change.isRunning} disabled={given.method.trim() === ""}>
            Record it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Why a yes may be refused, in the words of whoever has to explain it. */
function OwnStop() {
  const isAdmin = useMay("ADMIN");
  return (
    <Alert color="gray" variant="light" title="Where the person said stop themselves">
      <Text size="sm" c="inherit">
        A stop that they wrote is their own word, and the provider knows it too. They lift it by writing
        START.{" "}
        {isAdmin
          ? "You may lift it here, with evidence that is later than the stop: fill in when it was said."
          : "Only an administrator may lift it otherwise, with evidence that is later than the stop."}
      </Text>
    </Alert>
  );
}
