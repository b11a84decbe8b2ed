import { Autocomplete } from "@mantine/core";

import { useWhole } from "../../../../api/whole.ts";
import { spelled } from "../../../../parts/words.ts";
import { SendersOfAccountDocument } from "../editor.graphql.ts";
import { useEditor } from "../useEditor.ts";
import { textOf } from "../values.ts";
import type { ControlProps } from "./FieldRow.tsx";
import classes from "./Fields.module.css";

const WAITS_FOR_THE_FIRST_MS = 2_000;

/** A sender of the account, or anything that is typed. */
export function SenderPicker({ field, value, onChange, error }: ControlProps) {
  const { state, action } = useEditor();
  const { destinationId } = state.draft;
  const answer = useWhole(
    SendersOfAccountDocument,
    { id: destinationId },
    (found) => found.destination?.senders,
    {
      enabled: destinationId !== "",
      // Of an account that was made just now, they are read a moment later.
      refetchInterval: ({ state: { data } }) =>
        data?.destination?.senders.edges.length === 0 && WAITS_FOR_THE_FIRST_MS,
    },
  );
  const channel = action?.channel;
  const senders = (answer.data?.destination?.senders.edges ?? [])
    .map(({ node }) => node)
    .filter(({ active, channels }) => active && (!channel || channels.includes(channel)));
  const known = new Map(senders.map((sender) => [sender.address, sender]));
  return (
    <Autocomplete
      label={field.label}
      description={field.description}
      required={field.required}
      placeholder={senders.length > 0 ? "Choose a sender, or type one" : "+12025550100"}
      value={textOf(value)}
      onChange={(address) => onChange(address || undefined)}
      error={error}
      data={[...known.keys()]}
      // Whoever opens it wants to see them all, and not only what is chosen already.
      filter={({ options, search }) =>
        known.has(search) ? options : options.filter((one) => has(one, search))
      }
      renderOption={({ option }) => {
        const sender = known.get(option.value);
        return (
          <span className={classes.option}>
            <span>{option.value}</span>
            <span className={classes.detail}>
              {sender && spelled(sender.kind)}
              {sender?.paused && ", paused"}
            </span>
          </span>
        );
      }}
      autoComplete="off"
    />
  );
}

const has = (option: unknown, search: string) =>
  JSON.stringify(option).toLowerCase().includes(search.toLowerCase());
