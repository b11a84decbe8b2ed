import { NativeSelect, SimpleGrid } from "@mantine/core";

import { BELOW } from "./Basics.tsx";
import { wrongWith } from "./problems.ts";
import { isUnread } from "./reducer.ts";
import { StartFrom } from "./StartFrom.tsx";
import { useEditor } from "./useEditor.ts";

/** Where a new mapping sends through, what it does, and what it begins from; a mapping that is made keeps these. */
export function ActionChoice() {
  const { state, dispatch, accounts, definition, action, problems } = useEditor();
  const { draft, saved } = state;

  function chooseAction(slug: string) {
    const chosen = definition?.actions.find((one) => one.slug === slug);
    if (chosen) dispatch({ do: "useAction", action: chosen, before: action });
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
        // What can't be read yet would be lost.
        disabled={saved !== null || definition === null || isUnread(state)}
        value={draft.action}
        error={wrongWith(problems.part("action"))}
        onChange={(event) => chooseAction(event.currentTarget.value)}
        data={[
          ...(draft.action === "" ? [{ value: "", label: "Choose what it does" }] : []),
          ...(definition?.actions ?? []).map(({ slug, title }) => ({ value: slug, label: title })),
        ]}
      />
      {saved === null && <StartFrom />}
    </SimpleGrid>
  );
}
