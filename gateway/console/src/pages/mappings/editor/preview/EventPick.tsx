import { Autocomplete, Button, Group, SegmentedControl, Text, TextInput } from "@mantine/core";

import { useEventNames } from "../../../../parts/choices.ts";
import { JsonCode } from "../code/Code.tsx";
import type { Draft } from "../draft.ts";
import { nameAsked } from "../fql.ts";
import classes from "./Preview.module.css";
import { type Pick, type PickKind, sampleText } from "./pick.ts";

type Props = {
  pick: Pick;
  onPick: (pick: Pick) => void;
  draft: Draft;
  /** The event that is shown, so that it can be changed by hand. */
  shown: unknown;
};

const KINDS: { value: PickKind; label: string }[] = [
  { value: "usual", label: "Latest" },
  { value: "last", label: "By name" },
  { value: "id", label: "By id" },
  { value: "json", label: "JSON" },
];

/** Which event it is tried with. */
export function EventPick({ pick, onPick, draft, shown }: Props) {
  const names = useEventNames().map(({ name }) => name);

  function choose(kind: PickKind) {
    if (kind === "usual") onPick({ kind });
    else if (kind === "last") onPick({ kind, name: nameAsked(draft.trigger) ?? "" });
    else if (kind === "id") onPick({ kind, id: "" });
    else onPick({ kind, text: shown ? JSON.stringify(shown, null, 2) : sampleText(draft) });
  }

  return (
    <div className={classes.pick}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label="Try it with which event"
        value={pick.kind}
        onChange={(kind) => choose(kind as PickKind)}
        data={KINDS}
      />
      {pick.kind === "last" && (
        <Autocomplete
          aria-label="The last event of this name"
          placeholder="Order Placed"
          size="sm"
          value={pick.name}
          data={names}
          limit={30}
          onChange={(name) => onPick({ kind: "last", name })}
          autoComplete="off"
        />
      )}
      {pick.kind === "id" && (
        <TextInput
          aria-label="The id of an event"
          placeholder="evt_…"
          value={pick.id}
          onChange={(event) => onPick({ kind: "id", id: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {pick.kind === "json" && (
        <>
          <JsonCode
            label="The event as JSON"
            value={pick.text}
            onChange={(text) => onPick({ kind: "json", text })}
          />
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              As a client would send it.
            </Text>
            <Button
              variant="subtle"
              size="compact-xs"
              onClick={() => onPick({ kind: "json", text: sampleText(draft) })}
            >
              Make a sample of the trigger
            </Button>
          </Group>
        </>
      )}
    </div>
  );
}
