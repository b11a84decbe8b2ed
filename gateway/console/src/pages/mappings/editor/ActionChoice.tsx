import { NativeSelect, SimpleGrid } from "@mantine/core";

import { BELOW } from "./Basics.tsx";
import { type Fields, sending } from "./draft.ts";
import { wrongWith } from "./problems.ts";
import { type Action, useEditor } from "./useEditor.ts";

/** Where a new mapping sends through, what it does, and what it begins from; a mapping that is made keeps these. */
export function ActionChoice() {
  const { state, dispatch, accounts, definition, action, problems } = useEditor();
  const { draft, saved } = state;

  function choosePreset(name: string) {
    const preset = definition?.presets.find((one) => one.name === name);
    if (!preset) return;
    const { action: slug, purpose, trigger, title } = preset;
    const fields = {
      send: true,
      ...(preset.fields as object),
      ...senderOf(draft.fields, definition?.actions ?? []),
    };
    dispatch({ do: "usePreset", preset: { title, action: slug, purpose, trigger, fields } });
  }

  function chooseAction(slug: string) {
    const chosen = definition?.actions.find((one) => one.slug === slug);
    if (!chosen) return;
    const kept = Object.entries(draft.fields).filter(([key]) => chosen.fields.some((one) => one.key === key));
    const fields = { ...sending(chosen.fields), ...Object.fromEntries(kept) };
    dispatch({ do: "useAction", action: slug, trigger: chosen.defaultTrigger, fields });
  }

  return (
    <SimpleGrid cols={{ base: 1, xs: saved ? 2 : 3 }} spacing="sm">
      <NativeSelect
        label="Account"
        inputWrapperOrder={BELOW}
        description="Where it sends through"
        disabled={saved !== null}
        value={draft.destinationId}
        error={wrongWith(problems.part("destinationId"))}
        onChange={(event) => dispatch({ do: "set", part: { destinationId: event.currentTarget.value } })}
        data={[
          ...(draft.destinationId === "" ? [{ value: "", label: "Choose an account" }] : []),
          ...accounts.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <NativeSelect
        label="Action"
        inputWrapperOrder={BELOW}
        description={action?.description ?? "What it does with an event"}
        disabled={saved !== null || definition === null}
        value={draft.action}
        error={wrongWith(problems.part("action"))}
        onChange={(event) => chooseAction(event.currentTarget.value)}
        data={[
          ...(draft.action === "" ? [{ value: "", label: "Choose what it does" }] : []),
          ...(definition?.actions ?? []).map(({ slug, title }) => ({ value: slug, label: title })),
        ]}
      />
      {saved === null && (
        <NativeSelect
          label="Start from"
          inputWrapperOrder={BELOW}
          description="Fills in trigger, purpose and fields"
          disabled={definition === null}
          value=""
          onChange={(event) => choosePreset(event.currentTarget.value)}
          data={[
            { value: "", label: "Choose a preset" },
            ...(definition?.presets ?? []).map(({ name, title }) => ({ value: name, label: title })),
          ]}
        />
      )}
    </SimpleGrid>
  );
}

/** What belongs to the account goes along into a preset, which leaves it open. */
function senderOf(fields: Fields, actions: readonly Action[]): Fields {
  const keys = actions.flatMap((one) =>
    one.fields.filter(({ picks }) => picks === "SENDER").map(({ key }) => key),
  );
  return Object.fromEntries(Object.entries(fields).filter(([key]) => keys.includes(key)));
}
