import { Drawer, Stack, Text, Title } from "@mantine/core";

import { isAsked } from "../../parts/asked.ts";
import { CopyText } from "../../parts/CopyText.tsx";
import { AnchorLink } from "../../parts/links.tsx";
import { SenderTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { channelInWords, isMasked } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Account.module.css";
import { ConnectInbound } from "./ConnectInbound.tsx";
import { DetachSender } from "./DetachSender.tsx";
import { StopOrGo } from "./PausingSender.tsx";
import { SwapSender } from "./SwapSender.tsx";
import { senderKindInWords } from "./senderStates.tsx";
import type { AccountWhole } from "./shapes.ts";
import type { SenderRowFragment } from "./tabs.graphql.ts";

type Props = {
  account: AccountWhole;
  sender: SenderRowFragment | null;
  onClose: () => void;
};

/** All about one sender, and all that can be done with it. */
export function SenderDrawer({ account, sender, onClose }: Props) {
  return (
    <Drawer
      opened={sender !== null}
      onClose={() => {
        if (!isAsked()) onClose();
      }}
      position="right"
      size="lg"
      title={sender?.address ?? ""}
    >
      {sender && <Inside key={sender.id} account={account} sender={sender} />}
    </Drawer>
  );
}

function Inside({ account, sender }: Omit<Props, "sender" | "onClose"> & { sender: SenderRowFragment }) {
  const mayChange = useMay("OPERATOR");
  const { totalCount, edges } = sender.mappings;
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <div>
          <SenderTag sender={sender} />
        </div>
        <Text size="sm">
          {sender.label !== sender.address && `${sender.label} · `}
          {senderKindInWords(sender.kind)} · {sender.channels.map(channelInWords).join(", ")}
          {sender.country && ` · ${sender.country}`}
        </Text>
        {sender.sid && <CopyText text={sender.sid} label="The provider's id" />}
        <Text size="xs" c="dimmed">
          Listed by the account <When at={sender.syncedAt} />
          {sender.removedAt && (
            <>
              ; not any more since <When at={sender.removedAt} />
            </>
          )}
        </Text>
        {!isMasked(sender.address) && (
          <AnchorLink to="/deliveries" search={{ sender: sender.address }} size="sm">
            What was sent from it
          </AnchorLink>
        )}
        {mayChange && !sender.removedAt && (
          <div>
            <StopOrGo sender={sender} />
          </div>
        )}
      </Stack>
      <section>
        <Title order={3} size="h5" mb={4}>
          Mappings that send from it
        </Title>
        {edges.length === 0 ? (
          <Text size="sm" c="dimmed">
            None.
          </Text>
        ) : (
          <ul className={classes.rows}>
            {edges.map(({ node }) => (
              <li key={node.id} className={classes.row}>
                <AnchorLink to="/mappings/$id" params={{ id: node.id }} size="sm">
                  {node.name}
                </AnchorLink>
                {!node.enabled && (
                  <Text size="xs" c="dimmed">
                    disabled
                  </Text>
                )}
              </li>
            ))}
          </ul>
        )}
        {totalCount != null && totalCount > edges.length && (
          <Text size="sm" c="dimmed">
            And {totalCount - edges.length} more.
          </Text>
        )}
      </section>
      {mayChange && <SwapSender account={account} sender={sender} />}
      <ConnectInbound account={account} sender={sender} />
      {mayChange && sender.active && !sender.removedAt && <DetachSender sender={sender} />}
    </Stack>
  );
}
