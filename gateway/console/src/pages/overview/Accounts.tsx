import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { Suspense } from "react";

import { useAnswer } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { lazily } from "../../parts/lazily.tsx";
import { AnchorLink, ButtonLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { PausedSenders } from "../../parts/PausedSenders.tsx";
import { FoldedRemedy } from "../../parts/Remedy.tsx";
import { Said } from "../../parts/Said.tsx";
import { type Stat, StatRow } from "../../parts/StatRow.tsx";
import { AccountTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { COUNTED_OF_LIMIT, counted, NOT_VERIFIED } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Overview.module.css";
import { AccountsDocument, type AccountsQuery } from "./overview.graphql.ts";

// Wanted where something is paused alone, so no part of what is loaded first.
const PauseOrResume = lazily(async () => {
  const { PauseOrResume } = await import("../../parts/pausing/PauseOrResume.tsx");
  return { default: PauseOrResume };
});

const EVERY_MS = 10_000;
const SHOWN = 8;

type Account = AccountsQuery["destinations"]["edges"][number]["node"];

/** The accounts and how each stands, what wants a person first. */
export function Accounts() {
  const { data, error, isPending } = useAnswer(AccountsDocument, {}, { refetchInterval: EVERY_MS });
  const mayAdd = useMay("ADMIN");
  if (isPending) {
    return (
      <Panel title="Accounts">
        <Skeleton height={150} />
      </Panel>
    );
  }
  const accounts = (data?.destinations.edges ?? []).map(({ node }) => node);
  const shown = accounts.toSorted((one, other) => urgency(other) - urgency(one)).slice(0, SHOWN);
  const { connected = 0, disabled = 0 } = data?.destinationCounts ?? {};
  const more = connected + disabled - shown.length;
  return (
    <Panel
      title="Accounts"
      actions={
        <AnchorLink to="/accounts" size="sm">
          All accounts
        </AnchorLink>
      }
    >
      <Failure of={error} title="The accounts could not be read anew" />
      {data && <StatRow label="How many there are" stats={statsOf(data.destinationCounts)} />}
      {data && accounts.length === 0 && (
        <Empty
          title="No account is connected"
          action={mayAdd && <ButtonLink to="/accounts/new">Add an account</ButtonLink>}
        >
          An account at a provider is what texts go out through.
        </Empty>
      )}
      <ul className={classes.list}>
        {shown.map((account) => (
          <Row key={account.id} account={account} />
        ))}
      </ul>
      {data && more > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          And {counted(more)} more
        </Text>
      )}
    </Panel>
  );
}

const statsOf = (counts: AccountsQuery["destinationCounts"]): Stat[] => [
  { name: "Connected", value: counted(counts.connected) },
  { name: "Verified", value: counted(counts.verified) },
  { name: "Awaiting action", value: counted(counts.awaitingAction) },
];

const URGENCY = { FAILED: 4, DRAFT: 3, VERIFYING: 2, VERIFIED: 0 } as const;

const urgency = ({ status, enabled, paused, pausedSenders }: Account): number =>
  enabled ? Math.max(URGENCY[status], paused || pausedSenders.length > 0 ? 1 : 0) : -1;

function Row({ account }: { account: Account }) {
  const { id, name, status, enabled, paused, pausedSenders, messagesToday, lastVerification } = account;
  const failed = status === "FAILED" ? lastVerification?.checks.find(({ passed }) => !passed) : undefined;
  return (
    <li>
      <Stack gap={4}>
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <AnchorLink to="/accounts/$id" params={{ id }} fw={600} c="inherit" size="sm">
            {name}
          </AnchorLink>
          <Group gap={6} wrap="nowrap">
            <AccountTag status={status} paused={paused} enabled={enabled} />
          </Group>
        </Group>
        {status === "DRAFT" && enabled && (
          <Text size="sm" c="dimmed">
            {NOT_VERIFIED}
          </Text>
        )}
        {failed?.message && (
          <Text size="sm">
            <Said of={failed.message} />
          </Text>
        )}
        {failed?.remedy && <FoldedRemedy of={failed.remedy} />}
        {paused && <Paused account={account} />}
        <PausedSenders accountId={id} senders={pausedSenders} />
        {messagesToday && messagesToday.claimed > 0 && (
          <Text size="sm" c="dimmed" title={COUNTED_OF_LIMIT}>
            Daily limit: {counted(messagesToday.claimed)} of {counted(messagesToday.limit)} used
          </Text>
        )}
      </Stack>
    </li>
  );
}

function Paused({ account }: { account: Account }) {
  const mayResume = useMay("OPERATOR");
  const { name, pausedAt, pausedBy, pauseNote } = account;
  // Where everything is paused, nobody paused this one by itself.
  if (!pausedAt && !mayResume) return null;
  return (
    <Group justify="space-between" gap="xs">
      {pausedAt && (
        <Text size="sm" c="dimmed">
          {pausedBy && `By ${pausedBy}, `}
          <When at={pausedAt} ago />
          {pauseNote && `: ${pauseNote}`}
        </Text>
      )}
      {mayResume && (
        <Suspense>
          <PauseOrResume account={account} size="compact-sm" aria-label={`Resume ${name}`} />
        </Suspense>
      )}
    </Group>
  );
}
