import { NativeSelect, Table, Text } from "@mantine/core";
import { useRef, useState } from "react";

import { freshKey } from "../../../api/ask.ts";
import { useChange } from "../../../api/queries.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import { ShownOnce } from "../../../parts/ShownOnce.tsx";
import { When } from "../../../parts/When.tsx";
import { useMay } from "../../../shell/viewer.ts";
import { SourceKeyRotateDocument, type SourcePartsFragment } from "./sources.graphql.ts";

const A_DAY = 86_400;

const OVERLAPS = [
  { value: "0", label: "at once: whoever still uses it is refused" },
  { value: "3600", label: "in an hour" },
  { value: String(A_DAY), label: "in a day" },
  { value: String(7 * A_DAY), label: "in 7 days" },
  { value: String(30 * A_DAY), label: "in 30 days" },
];

/** The key that lets a source's events in: its end, those before it that still work, and a new one. */
export function WriteKey({ source }: { source: SourcePartsFragment }) {
  const mayChange = useMay("ADMIN");
  const rotate = useChange(SourceKeyRotateDocument, {
    onLeft: () => `${source.name} has a new write key, which was shown to nobody: rotate it once more.`,
  });
  const [overlap, setOverlap] = useState(String(A_DAY));
  const idempotencyKey = useRef(freshKey());
  const made = rotate.result?.sourceKeyRotate.writeKey;

  async function run() {
    await rotate.runAsync({
      input: {
        id: source.id,
        expectedRevision: source.revision,
        overlapSeconds: Number(overlap),
        idempotencyKey: idempotencyKey.current,
      },
    });
    idempotencyKey.current = freshKey();
  }

  return (
    <>
      <Text size="sm" mb={6}>
        <Text span ff="monospace" size="sm">
          ••••{source.writeKey.lastFour}
        </Text>
        {source.writeKey.setAt && (
          <Text span size="sm" c="dimmed">
            {" "}
            since <When at={source.writeKey.setAt} />
          </Text>
        )}
      </Text>
      {source.retiredKeys.length > 0 && <Retired keys={source.retiredKeys} />}
      {made && (
        <ShownOnce secret={made} label="The new write key">
          Put it where the old one is. The old one works until the time above.
        </ShownOnce>
      )}
      {rotate.isDone && !made && (
        <Text size="sm" role="status">
          An earlier try had rotated it, and its answer was lost on the way, the key with it. Rotate it once
          more to be shown one.
        </Text>
      )}
      {mayChange && (
        <ConfirmButton label="Rotate the key" size="compact-sm" mt="xs" onConfirm={run}>
          <Text size="sm" mb="sm">
            {source.name} gets a new write key, which is shown once. For a while both work, so that you can
            put the new one everywhere before the old one stops. No key from before works for longer than
            that.
          </Text>
          <NativeSelect
            label="The old key stops"
            data={OVERLAPS}
            value={overlap}
            onChange={(event) => setOverlap(event.currentTarget.value)}
          />
        </ConfirmButton>
      )}
    </>
  );
}

function Retired({ keys }: { keys: SourcePartsFragment["retiredKeys"] }) {
  return (
    <Table aria-label="Keys that were rotated out" verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Rotated out</Table.Th>
          <Table.Th>Works until</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((one) => (
          <Table.Tr key={`${one.lastFour} ${one.worksUntil}`}>
            <Table.Td ff="monospace">••••{one.lastFour}</Table.Td>
            <Table.Td>
              <When at={one.worksUntil} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
