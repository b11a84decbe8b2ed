import { Text } from "@mantine/core";
import { Fragment } from "react";

import { AnchorLink } from "./links.tsx";
import { several } from "./words.ts";

const NAMED = 3;

type Props = { accountId: string; senders: readonly { id: string; address: string }[] };

/** Which senders of an account somebody stopped, each with its place; nothing where none is. */
export function PausedSenders({ accountId, senders }: Props) {
  if (senders.length === 0) return null;
  return (
    <Text size="sm">
      {several(senders.length, "sender is", "senders are")} paused:{" "}
      {senders.slice(0, NAMED).map(({ id, address }, index) => (
        <Fragment key={id}>
          {index > 0 && ", "}
          <AnchorLink
            to="/accounts/$id"
            params={{ id: accountId }}
            search={{ tab: "senders", sender: id }}
            size="sm"
            underline="always"
          >
            {address}
          </AnchorLink>
        </Fragment>
      ))}
      {senders.length > NAMED && " …"}
    </Text>
  );
}
