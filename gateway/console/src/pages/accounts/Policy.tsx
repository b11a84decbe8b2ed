import { Group, Stack, Switch, Text } from "@mantine/core";
import { type FormEvent, useMemo } from "react";

import { notify } from "../../api/notices.ts";
import { useChange } from "../../api/queries.ts";
import { choiceOf, useMappingNames, useSourceNames } from "../../parts/choices.ts";
import { Failure } from "../../parts/Failure.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { channelInWords } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { SwitchChannelDocument, UpdateAccountDocument } from "./account.graphql.ts";
import { PolicyFields } from "./PolicyFields.tsx";
import { POLICY_GROUPS, type PolicyKey, policyInput } from "./policy.ts";
import { QuietHours } from "./QuietHours.tsx";
import { SaveChanges } from "./SaveChanges.tsx";
import type { Values } from "./settings.ts";
import type { AccountWhole } from "./shapes.ts";
import { useEdit } from "./useEdit.ts";

const FIELDS = POLICY_GROUPS.flatMap((group) => group.fields);

/** What holds for all messages of an account. */
export function Policy({ account }: { account: AccountWhole }) {
  const isAdmin = useMay("ADMIN");
  const now = useMemo(
    () => ({ revision: account.revision, values: account.policy as unknown as Values }),
    [account.revision, account.policy],
  );
  const edit = useEdit(now);
  const { mappings, error: unreadMappings } = useMappingNames(account.id);
  const { sources, error: unreadSources } = useSourceNames();
  const update = useChange(UpdateAccountDocument, {
    onDone: ({ destinationUpdate: { destination } }) => {
      if (destination) edit.saved(destination.revision);
      notify({ message: "The rules are saved.", color: "teal.8" });
    },
  });

  function save(expectedRevision: number) {
    const input = { id: account.id, expectedRevision, policy: policyInput(edit.send()) };
    update.runAsync({ input }).catch(edit.failed);
  }

  function send(event: FormEvent) {
    event.preventDefault();
    save(edit.revision);
  }

  return (
    <Stack gap="md" maw={960}>
      <Channels account={account} />
      <form onSubmit={send} aria-label="Rules">
        <Stack gap="md">
          {POLICY_GROUPS.map(({ title, fields }) => (
            <Panel key={title} title={title}>
              <PolicyFields
                key={edit.resets}
                fields={fields}
                values={edit.values}
                onChange={(key: PolicyKey, value) => edit.set(key, value)}
                errors={update.errors}
                disabled={!isAdmin}
                choices={{
                  mapping: mappings.map(choiceOf),
                  source: sources
                    .filter(({ id, trust }) => trust === "SERVER" || id === edit.values.inboundSourceId)
                    .map(choiceOf),
                }}
              />
              {title === "Quiet hours" && <QuietHours hours={account.policy.quietHours} />}
            </Panel>
          ))}
          <Failure of={unreadMappings ?? unreadSources} />
          <SaveChanges edit={edit} update={update} fields={FIELDS} onSave={save} maySave={isAdmin}>
            <Text size="sm" c="dimmed">
              What is saved holds for the next text. The account stays verified.
            </Text>
          </SaveChanges>
        </Stack>
      </form>
    </Stack>
  );
}

function Channels({ account }: { account: AccountWhole }) {
  const isAdmin = useMay("ADMIN");
  const change = useChange(SwitchChannelDocument);
  return (
    <Panel title="Channels">
      <Text size="sm" c="dimmed" mb="sm">
        What comes by a channel that is off is not sent, and not kept. To let it wait, pause the account. A
        switch holds at once.
      </Text>
      <Group gap="xl">
        {account.channels.map(({ channel, enabled, ownEnabled }) => (
          <Switch
            key={channel}
            label={`${channelInWords(channel)}${ownEnabled && !enabled ? " (off for the whole space)" : ""}`}
            checked={ownEnabled}
            disabled={!isAdmin || change.isRunning}
            onChange={(event) =>
              change.run({
                input: { channel, enabled: event.currentTarget.checked, destinationId: account.id },
              })
            }
          />
        ))}
      </Group>
      <Failure of={change.error} title="Nothing was switched" />
    </Panel>
  );
}
