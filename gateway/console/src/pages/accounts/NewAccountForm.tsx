import { Button, Group, Radio, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { LeaveGuard } from "../../parts/LeaveGuard.tsx";
import { unreadField } from "../../parts/unread.ts";
import { useViewer } from "../../shell/viewer.ts";
import { CreateAccountDocument, type DefinitionsQuery } from "./new.graphql.ts";
import { PolicyFields } from "./PolicyFields.tsx";
import { newPolicy, POLICY_BASICS, type PolicyValues, policyInput } from "./policy.ts";
import { SecretOnce } from "./SecretOnce.tsx";
import { errorAt, SettingsFields } from "./SettingsFields.tsx";
import { isSame, settingsInput, type Values } from "./settings.ts";

type Definition = DefinitionsQuery["definitions"][number];
type Props = { definitions: readonly Definition[]; onMade: (id: string) => void };

/** What a new account is: its kind, its settings, and the few rules that everybody wants to have seen. */
export function NewAccountForm({ definitions, onMade }: Props) {
  const { space } = useViewer();
  const [slug, setSlug] = useState(definitions[0]?.slug ?? "");
  const definition = definitions.find((one) => one.slug === slug);
  const [name, setName] = useState("");
  const [settings, setSettings] = useState<Values>({});
  const [begun] = useState<PolicyValues>(newPolicy);
  const [policy, setPolicy] = useState(begun);
  const [key, setKey] = useState(freshKey);
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const create = useChange(CreateAccountDocument, {
    onDone: ({ destinationCreate: { destination, webhookSecret } }) => {
      if (!destination) return;
      if (webhookSecret) setMade({ id: destination.id, secret: webhookSecret });
      else onMade(destination.id);
    },
    onLeft: ({ destinationCreate: { destination, webhookSecret } }) =>
      destination && webhookSecret
        ? `${destination.name} is made. Its webhook secret was shown to nobody: rotate it under Keys.`
        : null,
  });
  if (!definition) return null;
  const isChanged =
    name !== "" ||
    slug !== definitions[0]?.slug ||
    Object.values(settings).some((value) => !isSame(value, null)) ||
    POLICY_BASICS.some((field) => !isSame(policy[field.key], begun[field.key]));

  function send(event: FormEvent) {
    event.preventDefault();
    create.run({
      input: {
        name: name.trim() || (definition?.name ?? ""),
        space,
        settings: settingsInput(slug, settings),
        policy: policyInput(policy),
        idempotencyKey: key,
      },
    });
  }

  // Another input takes another key; only the very same is asked for once more with the same.
  function edited<Value>(set: (value: Value) => void) {
    return (value: Value) => {
      set(value);
      setKey(freshKey());
    };
  }

  return (
    <form onSubmit={send} aria-label="New account">
      <Stack gap="lg" maw={720}>
        {definitions.length > 1 && (
          <Radio.Group
            label="Kind"
            value={slug}
            onChange={edited((chosen: string) => {
              setSlug(chosen);
              setSettings({});
            })}
          >
            <Stack gap="xs" mt="xs">
              {definitions.map((one) => (
                <Radio key={one.slug} value={one.slug} label={one.name} description={one.description} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <Title order={2} size="h4">
          {definition.name}
        </Title>
        <TextInput
          label="Name"
          description="What you call it here."
          placeholder={definition.name}
          value={name}
          onChange={(event) => edited(setName)(event.currentTarget.value)}
          error={errorAt(create.errors, "name")}
          autoComplete="off"
        />
        <SettingsFields
          key={slug}
          fields={definition.settingsFields}
          values={settings}
          onChange={(field, value) => edited(setSettings)({ ...settings, [field]: value })}
          errors={create.errors}
        />
        <Title order={2} size="h4">
          Rules
        </Title>
        <PolicyFields
          fields={POLICY_BASICS}
          values={policy}
          onChange={(field, value) => edited(setPolicy)({ ...policy, [field]: value })}
          errors={create.errors}
        />
        <Failure
          of={create.error}
          title="The account was not made. What you filled in is still here."
          fields={[...definition.settingsFields, ...POLICY_BASICS]}
        />
        <Group>
          <Button type="submit" loading={create.isRunning}>
            Create and verify
          </Button>
        </Group>
      </Stack>
      <LeaveGuard isChanged={() => (isChanged || unreadField() !== null) && !create.isDone} />
      <SecretOnce
        title="Webhook secret"
        secret={made?.secret ?? null}
        onDone={() => {
          if (made) onMade(made.id);
        }}
      >
        What your webhook is told is signed with this: give it to whoever receives the events.
      </SecretOnce>
    </form>
  );
}
