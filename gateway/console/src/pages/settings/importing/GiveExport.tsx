import { Button, FileButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useChange } from "../../../api/queries.ts";
import { Failure } from "../../../parts/Failure.tsx";
import { useViewer } from "../../../shell/viewer.ts";
import type { Plan } from "../Import.tsx";
import { ImportPlanDocument } from "./importing.graphql.ts";

/** Takes the export, pasted or from files, and has a plan made of it. */
export function GiveExport({ onPlan, isAgain }: { onPlan: (plan: Plan | null) => void; isAgain: boolean }) {
  const { space } = useViewer();
  const [text, setText] = useState("");
  const plan = useChange(ImportPlanDocument, { onDone: ({ importPlan }) => onPlan(importPlan) });

  async function add(files: File[]) {
    const texts = await Promise.all(files.map((file) => file.text()));
    write((before) => [before.trim(), ...texts].filter(Boolean).join("\n"));
  }

  // The plan of another export is none of this one.
  function write(changed: (before: string) => string) {
    setText(changed);
    plan.reset();
    onPlan(null);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    plan.run({ input: { export: text, space } });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={820}>
        <Text size="sm">
          You had Engage Messaging Twilio in Segment, or one of its predecessors. Its account becomes an
          account here, and each subscription a mapping. Nothing is made before you have seen what would be.
          What Segment's Public API answers of a destination and of its subscriptions is read, and a Terraform
          state.
        </Text>
        <Textarea
          label="The export"
          description="Several files may stand one behind another. It is not kept, and its secrets are masked by Segment anyway."
          required
          autosize
          minRows={6}
          maxRows={16}
          spellCheck={false}
          autoComplete="off"
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
          value={text}
          readOnly={plan.isRunning}
          onChange={({ currentTarget: { value } }) => write(() => value)}
        />
        <Failure of={plan.error} title="No plan can be made" />
        <Group gap="sm">
          <Button type="submit" variant={isAgain ? "default" : "filled"} loading={plan.isRunning}>
            Show the plan
          </Button>
          <FileButton multiple accept=".json,.tfstate,application/json" onChange={(files) => void add(files)}>
            {(props) => (
              <Button variant="default" {...props} disabled={plan.isRunning}>
                Add files
              </Button>
            )}
          </FileButton>
        </Group>
      </Stack>
    </form>
  );
}
