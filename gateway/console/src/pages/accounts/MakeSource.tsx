import { Button, Group, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { useViewer } from "../../shell/viewer.ts";
import { ConnectSourceDocument, CreateSourceDocument } from "./new.graphql.ts";
import { SecretOnce } from "./SecretOnce.tsx";
import { errorAt } from "./SettingsFields.tsx";

type Props = { accountId: string; isFirst: boolean };

/** Makes a source and connects it at once; its write key is shown once. */
export function MakeSource({ accountId, isFirst }: Props) {
  const { space } = useViewer();
  const [name, setName] = useState<string | null>(null);
  const shownName = name ?? (isFirst ? "Server" : "");
  const [key, setKey] = useState(freshKey);
  const [writeKey, setWriteKey] = useState<string | null>(null);
  const create = useChange(CreateSourceDocument, {
    onLeft: ({ sourceCreate: { source } }) =>
      source && `${source.name} is made. Its write key was shown to nobody: rotate it in the settings.`,
  });
  const connect = useChange(ConnectSourceDocument);

  async function make(event: FormEvent) {
    event.preventDefault();
    try {
      const { sourceCreate } = await create.runAsync({
        input: { name: shownName.trim(), space, idempotencyKey: key },
      });
      setKey(freshKey());
      setName("");
      setWriteKey(sourceCreate.writeKey ?? null);
      if (sourceCreate.source)
        await connect.runAsync({ input: { sourceId: sourceCreate.source.id, destinationId: accountId } });
    } catch {
      // What it said stands below.
    }
  }

  return (
    <form onSubmit={make} aria-label="New source">
      <Group align="flex-end">
        <TextInput
          label={isFirst ? "Name of your first source" : "Or make a new source"}
          placeholder="Shop server"
          value={shownName}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setKey(freshKey());
          }}
          error={errorAt(create.errors, "name")}
          required
          withAsterisk={false}
          autoComplete="off"
        />
        <Button type="submit" variant="default" loading={create.isRunning || connect.isRunning}>
          Make and connect
        </Button>
      </Group>
      {errorAt(create.errors, "name") === null && (
        <Failure of={create.error} title="The source was not made" />
      )}
      <Failure of={connect.error} title="The source was made, but not connected" />
      {create.isDone && !create.result?.sourceCreate.writeKey && (
        <Text size="sm" mt="sm" role="status">
          An earlier try had made it, and its answer was lost on the way, the write key with it. Have a new
          one made in the settings.
        </Text>
      )}
      <SecretOnce title="Write key" secret={writeKey} onDone={() => setWriteKey(null)}>
        Give it to your Segment SDK, with <b>{location.origin}</b> as its host. It belongs on a server:
        whoever has it can have texts sent. If it gets lost, have a new one made in the settings.
      </SecretOnce>
    </form>
  );
}
