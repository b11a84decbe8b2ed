import { Group, Stack, Text } from "@mantine/core";

import { Tag } from "../../parts/Tag.tsx";
import { channelInWords } from "../../parts/words.ts";
import classes from "./Account.module.css";
import { Checks } from "./Checks.tsx";
import { PausedNote } from "./PausedNote.tsx";
import type { AccountWhole } from "./shapes.ts";
import { TextsToday } from "./TextsToday.tsx";

/** How an account stands: whether it is paused, what its checks said, and how much went out today. */
export function AccountState({ account }: { account: AccountWhole }) {
  const isRunning = account.status === "VERIFYING";
  return (
    <Stack gap="md">
      {account.paused && <PausedNote account={account} />}
      {account.status === "DRAFT" && (
        <div className={classes.amber}>
          It was not verified since it was made, or since a setting was changed that a verification looks at.
          Until then nothing goes out through it: what comes waits.
        </div>
      )}
      {!account.enabled && (
        <div className={classes.amber}>It is disabled: what comes for it is not sent, now or later.</div>
      )}
      <div className={classes.state}>
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            {account.definition.name}
          </Text>
          <TextsToday today={account.messagesToday} />
          <Group gap={6}>
            {account.channels.map(({ channel, enabled }) => (
              <Tag key={channel} tone={enabled ? "blue" : "grey"}>
                {channelInWords(channel)}
                {!enabled && " off"}
              </Tag>
            ))}
          </Group>
        </Stack>
        {(isRunning || account.lastVerification) && (
          <Checks
            key={account.lastVerification?.startedAt}
            run={account.lastVerification}
            isRunning={isRunning}
            short
          />
        )}
      </div>
    </Stack>
  );
}
