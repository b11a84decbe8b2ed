import { Button, Group, Text } from "@mantine/core";

import { useChange } from "../../../../api/queries.ts";
import { Failure } from "../../../../parts/Failure.tsx";
import { useMay } from "../../../../shell/viewer.ts";
import { AllowTestsDocument } from "./preview.graphql.ts";

type Props = {
  account: { id: string; revision: number; testNumbers: readonly string[] };
  number: string;
  onDone: () => void;
};

/** Makes a number one of the account's test numbers, whose owners are asked for no consent; for an admin to do. */
export function AllowTests({ account: { id, revision, testNumbers }, number, onDone }: Props) {
  const isAdmin = useMay("ADMIN");
  const allow = useChange(AllowTestsDocument, { onDone });
  if (!isAdmin || testNumbers.includes(number)) return null;
  return (
    <>
      <Group gap="xs">
        <Button
          variant="default"
          loading={allow.isRunning}
          onClick={() =>
            allow.run({
              input: { id, expectedRevision: revision, policy: { testNumbers: [...testNumbers, number] } },
            })
          }
        >
          Make {number} a test number
        </Button>
        <Text size="xs" c="dimmed">
          Its owner is to know of it: tests go there without consent.
        </Text>
      </Group>
      <Failure of={allow.error} title="It was not made one" />
    </>
  );
}
