import { Input, NativeSelect, SegmentedControl, SimpleGrid, Switch, Text, TextInput } from "@mantine/core";

import type { MappingMode, Purpose } from "../../../api/schema.ts";
import { WORDS } from "../../../api/words.ts";
import { NumberField } from "../../../parts/NumberField.tsx";
import { duration } from "../../../parts/times.ts";
import { spelled } from "../../../parts/words.ts";
import { Doubts } from "./Doubts.tsx";
import { wrongWith } from "./problems.ts";
import { useEditor } from "./useEditor.ts";

/** What a control says of itself stands below it: beside another one the boxes are in line. */
export const BELOW: ("label" | "input" | "description" | "error")[] = [
  "label",
  "input",
  "description",
  "error",
];

const PURPOSES = Object.keys(WORDS.Purpose) as Purpose[];
const MODES = Object.keys(WORDS.MappingMode) as MappingMode[];

/** Its name, why it sends, and whether it does. */
export function Basics() {
  const { state, dispatch, problems, readOnly } = useEditor();
  const { name, purpose, mode, enabled } = state.draft;
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label="Name"
          inputWrapperOrder={BELOW}
          description="For people"
          required
          value={name}
          error={wrongWith(problems.part("name"))}
          onChange={(event) => dispatch({ do: "set", part: { name: event.currentTarget.value } })}
          autoComplete="off"
        />
        <NativeSelect
          label="Purpose"
          inputWrapperOrder={BELOW}
          description={WORDS.Purpose[purpose]}
          value={purpose}
          error={wrongWith(problems.part("purpose"))}
          onChange={(event) =>
            dispatch({ do: "set", part: { purpose: event.currentTarget.value as Purpose } })
          }
          data={PURPOSES.map((value) => ({ value, label: spelled(value) }))}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <div>
          <Input.Label component="div" id="mode-label">
            Mode
          </Input.Label>
          <SegmentedControl
            aria-labelledby="mode-label"
            fullWidth
            readOnly={readOnly}
            value={mode}
            onChange={(value) => dispatch({ do: "set", part: { mode: value as MappingMode } })}
            data={MODES.map((value) => ({ value, label: spelled(value) }))}
          />
          <Text size="xs" c="dimmed" mt={4}>
            {WORDS.MappingMode[mode]}
          </Text>
        </div>
        <Switch
          mt={{ base: 0, xs: 28 }}
          label="Enabled"
          description={enabled ? "Events reach it" : "No event reaches it"}
          checked={enabled}
          error={wrongWith(problems.part("enabled"))}
          onChange={(event) => dispatch({ do: "set", part: { enabled: event.currentTarget.checked } })}
        />
      </SimpleGrid>
      <Doubts of={problems.part("mode")} />
    </>
  );
}

/** Which events may start a send: how old, and from where. */
export function Limits() {
  const { state, dispatch, problems } = useEditor();
  const { maxAgeSeconds, allowBrowserEvents, allowImport } = state.draft;
  return (
    <>
      <NumberField
        label="Oldest event, in seconds"
        description={`An older one is not sent any more: now ${duration(maxAgeSeconds)}`}
        value={maxAgeSeconds || null}
        isWhole
        error={wrongWith(problems.part("maxAgeSeconds"))}
        onChange={(value) => dispatch({ do: "set", part: { maxAgeSeconds: value ?? 0 } })}
      />
      <Switch
        label="Events of browsers start a send"
        description="Anybody can send such events, for any user whose id they know. They reach numbers alone that a server gave."
        checked={allowBrowserEvents}
        onChange={(event) =>
          dispatch({ do: "set", part: { allowBrowserEvents: event.currentTarget.checked } })
        }
      />
      <Switch
        label="Imported events start a send"
        description="Those that come to /v1/import, which often are old."
        checked={allowImport}
        onChange={(event) => dispatch({ do: "set", part: { allowImport: event.currentTarget.checked } })}
      />
    </>
  );
}
