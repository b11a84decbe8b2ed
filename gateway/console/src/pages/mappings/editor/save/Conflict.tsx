import { Button, Group, Modal, Table, Text } from "@mantine/core";

import { meetings, onTop } from "../changes.ts";
import type { Draft, Saved } from "../draft.ts";
import { useEditor } from "../useEditor.ts";
import classes from "./Save.module.css";
import { Value } from "./WhatChanges.tsx";
import { partInWords, valueInWords } from "./words.ts";

type Props = {
  /** As it was when it was read here. */
  base: Draft;
  theirs: Saved;
  mine: Draft;
  onDecide: (draft: Draft) => void;
  onClose: () => void;
};

/** Somebody else saved the mapping meanwhile: what they changed beside what is changed here, and which of it counts. */
export function Conflict({ base, theirs, mine, onDecide, onClose }: Props) {
  const { action } = useEditor();
  const met = meetings(base, theirs.draft, mine);
  const both = met.filter((one) => one.both);
  return (
    <Modal opened onClose={onClose} title="Somebody else saved this mapping" size="90rem">
      <Text size="sm" mb="sm">
        Nothing of yours was saved, and nothing of it is lost.{" "}
        {both.length === 0
          ? "You changed different parts: yours can be put on top of theirs, and both are kept."
          : "Parts that both of you changed are marked: with yours on top, theirs are overwritten there."}
      </Text>
      <Table.ScrollContainer minWidth={620}>
        <Table
          aria-label="What they changed beside what you changed"
          verticalSpacing={7}
          className={classes.beside}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={150}>Part</Table.Th>
              <Table.Th>It was</Table.Th>
              <Table.Th>Theirs</Table.Th>
              <Table.Th>Yours</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {met.map(({ part, before, theirs: there, after, both: isBoth }) => (
              <Table.Tr key={part} className={isBoth ? classes.both : undefined}>
                <Table.Th scope="row" className={classes.part}>
                  {partInWords(part, action)}
                  {isBoth && <span className="visually-hidden">, changed by both</span>}
                </Table.Th>
                {[before, there, after].map((value, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: three columns, always the same
                  <Table.Td key={at} className={classes.part}>
                    <Value text={valueInWords(value)} tone="plain" />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => onDecide(theirs.draft)}>
          Take theirs, drop mine
        </Button>
        <Button onClick={() => onDecide(onTop(base, theirs.draft, mine))} data-autofocus>
          Put mine on top, then look
        </Button>
      </Group>
    </Modal>
  );
}
