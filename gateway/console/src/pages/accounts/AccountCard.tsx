import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { AnchorLink } from "../../parts/links.tsx";
import { PausedSenders } from "../../parts/PausedSenders.tsx";
import { PauseOrResume } from "../../parts/pausing/PauseOrResume.tsx";
import { Remedy } from "../../parts/Remedy.tsx";
import { Said } from "../../parts/Said.tsx";
import { AccountTag } from "../../parts/StatusTags.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { VerifyButton } from "../../parts/VerifyButton.tsx";
import { channelInWords, NOT_VERIFIED } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Accounts.module.css";
import type { AccountRowFragment } from "./accounts.graphql.ts";
import { PausedNote } from "./PausedNote.tsx";
import { TextsToday } from "./TextsToday.tsx";

/** One account in the list: how it stands, why, and what can be done about it. */
export function AccountCard({ account }: { account: AccountRowFragment }) {
  const isAdmin = useMay("ADMIN");
  const mayPause = useMay("OPERATOR");
  const failed = account.lastVerification?.checks.filter((check) => !check.passed) ?? [];
  const wantsVerifying = account.status === "DRAFT" || account.status === "FAILED";
  return (
    <li className={classes.card}>
      <div className={classes.head}>
        <Link to="/accounts/$id" params={{ id: account.id }} className={classes.name}>
          {account.name}
        </Link>
        <AccountTag status={account.status} paused={account.paused} enabled={account.enabled} />
      </div>
      <Text size="sm" c="dimmed">
        {account.definition.name}
      </Text>
      {account.status === "FAILED" &&
        failed.map((check) => (
          <div key={check.name} className={classes.reason}>
            <b>{check.message ? <Said of={check.message} /> : `The check ${check.name} failed.`}</b>
            {check.remedy && <Remedy of={check.remedy} />}
          </div>
        ))}
      {account.status === "DRAFT" && (
        <Text size="sm">
          {NOT_VERIFIED}
          {!isAdmin && " An admin can verify it."}
        </Text>
      )}
      {account.paused && <PausedNote account={account} />}
      <PausedSenders accountId={account.id} senders={account.pausedSenders} />
      <TextsToday today={account.messagesToday} />
      <Group gap={6}>
        {account.channels.map(({ channel, enabled }) => (
          <Tag key={channel} tone={enabled ? "blue" : "grey"}>
            {channelInWords(channel)}
            {!enabled && " off"}
          </Tag>
        ))}
      </Group>
      <div className={classes.foot}>
        {isAdmin && wantsVerifying && <VerifyButton account={account} size="compact-sm" />}
        {mayPause && account.enabled && <PauseOrResume account={account} size="compact-sm" />}
        <Anchor
          size="sm"
          c="inherit"
          underline="always"
          renderRoot={(props) => (
            <Link to="/accounts/$id" params={{ id: account.id }} search={{ tab: "senders" }} {...props} />
          )}
        >
          {mayPause ? "Stop or swap one sender" : "Senders"}
        </Anchor>
        <AnchorLink
          size="sm"
          c="inherit"
          underline="always"
          to="/mappings"
          search={{ destinationId: account.id }}
          aria-label={`Mappings of ${account.name}`}
        >
          Mappings
        </AnchorLink>
      </div>
    </li>
  );
}
