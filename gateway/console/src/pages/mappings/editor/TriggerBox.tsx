import { Input, Text } from "@mantine/core";
import { useId, useMemo } from "react";

import { useAnswer } from "../../../api/queries.ts";
import { TriggerCode } from "./code/Code.tsx";
import { Doubts } from "./Doubts.tsx";
import { useSettled } from "./debounced.ts";
import classes from "./Editor.module.css";
import { CheckTriggerDocument } from "./editor.graphql.ts";
import { inFormWords } from "./problems.ts";
import { useEditor } from "./useEditor.ts";

type Props = {
  part: "trigger" | "cancelTrigger";
  label: string;
  help: string;
  required?: boolean;
};

/** A trigger, checked as it is typed: what is wrong stands where it is, and in words below. */
export function TriggerBox({ part, label, help, required = false }: Props) {
  const { state, dispatch, readOnly, problems } = useEditor();
  const text = state.draft[part];
  const settled = useSettled(text);
  const id = useId();
  const isAsked = settled.trim() !== "";
  const check = useAnswer(CheckTriggerDocument, { trigger: settled }, { enabled: isAsked });
  // What was found of another text says nothing of this one.
  const isOfThis = isAsked && settled === text && !check.isPlaceholderData;
  const found = useMemo(
    () => (isOfThis ? inFormWords(check.data?.triggerCheck ?? [], []) : []),
    [isOfThis, check.data],
  );
  const errors = found.filter(({ severity }) => severity === "ERROR");
  const others = problems
    .part(part)
    .filter(({ message }) => !found.some((one) => one.message === message))
    .filter(({ severity }) => severity === "WARNING" || errors.length === 0);

  return (
    <div>
      <Input.Label component="div" required={required}>
        {label}
      </Input.Label>
      <Input.Description id={`${id}-help`} mb={4}>
        {help}
      </Input.Description>
      <TriggerCode
        label={label}
        value={text}
        onChange={(value) => dispatch({ do: "set", part: { [part]: value } })}
        readOnly={readOnly}
        problems={found}
        describedBy={`${id}-help ${id}-wrong`}
      />
      <div id={`${id}-wrong`} role="status" className={classes.wrong}>
        {[...errors, ...others.filter(({ severity }) => severity === "ERROR")].map(({ message }) => (
          <Text key={message} size="xs" c="inherit">
            {message}
          </Text>
        ))}
      </div>
      <Doubts of={[...found, ...others]} />
    </div>
  );
}
