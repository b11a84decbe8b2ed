import { Text, Title } from "@mantine/core";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { several } from "../../parts/words.ts";
import { DetachSenderDocument, type SenderRowFragment } from "./tabs.graphql.ts";

/** Takes a sender out of use, though the account has it. */
export function DetachSender({ sender }: { sender: SenderRowFragment }) {
  const detach = useChange(DetachSenderDocument);
  const count = sender.mappings.totalCount;
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        Take it out of use
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        For a number that is to be used no more, though the account still has it.
      </Text>
      <ConfirmButton
        label="Take out of use"
        confirm={`Take ${sender.address} out of use`}
        danger
        onConfirm={() => detach.runAsync({ input: { id: sender.id } })}
      >
        <Text size="sm">
          {count === 0
            ? "No mapping sends from it. "
            : `${count == null ? "Its mappings" : several(count, "mapping")} ${count === 1 ? "sends" : "send"} from it: what they send from now on waits, until it is swapped for another sender or used again. `}
          Nothing is lost but what becomes too old for its mapping.
        </Text>
      </ConfirmButton>
    </section>
  );
}
