import { Button, Group, Input, Menu, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown } from "lucide-react";
import { useState } from "react";

import { BELOW } from "./Basics.tsx";
import { type Draft, type Fields, same } from "./draft.ts";
import { isUnread } from "./reducer.ts";
import { type Action, type Definition, useEditor } from "./useEditor.ts";

type Preset = Definition["presets"][number];
type Filled = Pick<Draft, "purpose" | "trigger" | "fields">;

/** The presets that a new mapping may begin from. What somebody wrote is replaced once they say so. */
export function StartFrom() {
  const { state, dispatch, definition } = useEditor();
  const { draft, begun } = state;
  const [filled, setFilled] = useState<Filled>(begun);
  // The question keeps its words while it fades out.
  const [asked, setAsked] = useState<Preset | null>(null);
  const [isAsking, { open: ask, close: keepMine }] = useDisclosure(false);
  const ofAccount = senderFields(definition?.actions ?? []);
  const isWritten = isUnread(state) || !same(lostOf(draft, ofAccount), lostOf(filled, ofAccount));

  function start({ title, action, purpose, trigger, fields: given }: Preset) {
    // What belongs to the account goes along into a preset, which leaves it open.
    const kept = Object.entries(draft.fields).filter(([key]) => ofAccount.includes(key));
    const fields = { send: true, ...(given as Fields), ...Object.fromEntries(kept) };
    dispatch({ do: "usePreset", preset: { title, action, purpose, trigger, fields } });
    setFilled({ purpose, trigger, fields });
    keepMine();
  }

  function choose(preset: Preset) {
    if (!isWritten) return start(preset);
    setAsked(preset);
    ask();
  }

  return (
    <Input.Wrapper
      label="Start from"
      labelElement="div"
      inputWrapperOrder={BELOW}
      description="Fills in trigger, purpose and fields"
    >
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            variant="default"
            fullWidth
            justify="space-between"
            fw={400}
            px={12}
            mb={5}
            rightSection={<ChevronDown size={16} aria-hidden="true" />}
            disabled={definition === null}
          >
            Choose a preset
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {definition?.presets.map((preset) => (
            <Menu.Item key={preset.name} onClick={() => choose(preset)}>
              {preset.title}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={isAsking} onClose={keepMine} title={`Start from “${asked?.title}”?`} centered>
        <Text size="sm">The trigger, the purpose and the fields that you wrote are replaced by its own.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={keepMine} data-autofocus>
            Keep mine
          </Button>
          <Button onClick={() => asked && start(asked)}>Replace them</Button>
        </Group>
      </Modal>
    </Input.Wrapper>
  );
}

const senderFields = (actions: readonly Action[]): string[] =>
  actions.flatMap(({ fields }) => fields.filter(({ picks }) => picks === "SENDER").map(({ key }) => key));

/** What a preset replaces. */
const lostOf = ({ purpose, trigger, fields }: Filled, kept: readonly string[]) => [
  purpose,
  trigger,
  Object.fromEntries(Object.entries(fields).filter(([key]) => !kept.includes(key))),
];
