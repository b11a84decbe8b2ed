import { Group, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useRef, useState } from "react";

import { freshKey } from "../../../api/ask.ts";
import { useChange } from "../../../api/queries.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import type { JobPartsFragment } from "../../../parts/jobs/jobs.graphql.ts";
import { several } from "../../../parts/words.ts";
import type { Plan } from "../Import.tsx";
import { ImportApplyDocument } from "./importing.graphql.ts";
import { type Item, isQuestion, isToBeMade } from "./items.ts";

/** Takes what no export has, such as secrets, and makes what the plan says. */
export function ApplyPlan({ plan, onMade }: { plan: Plan; onMade: (job: JobPartsFragment) => void }) {
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const idempotencyKey = useRef(freshKey());
  const apply = useChange(ImportApplyDocument, {
    onDone: ({ importApply: { job } }) => job && onMade(job),
  });
  const { planId, needed } = plan;
  const toBeMade = plan.items.filter(isToBeMade);
  if (!planId) return null;
  if (toBeMade.length === 0) return <Text mt="lg">Nothing is to be done: all of it is here already.</Text>;
  const questions = plan.items.filter(isQuestion);
  const missing = needed.filter((name) => !answers[name]?.trim());

  function run() {
    const said = Object.fromEntries(Object.entries(answers).filter(([, answer]) => answer.trim() !== ""));
    return apply.runAsync({
      input: {
        planId: planId as string,
        secrets: JSON.stringify(said),
        idempotencyKey: idempotencyKey.current,
      },
    });
  }

  return (
    <section aria-labelledby="answers">
      <Title order={2} size="h4" id="answers" mt="lg" mb="xs">
        {questions.length > 0 ? "What needs an answer" : "Make it"}
      </Title>
      <Stack gap="sm" maw={560}>
        {questions.map((item) => (
          <Answer
            key={item.from}
            item={item}
            required={needed.includes(item.from)}
            value={answers[item.from] ?? ""}
            onChange={(value) => {
              // Other answers are another call.
              idempotencyKey.current = freshKey();
              setAnswers({ ...answers, [item.from]: value });
            }}
          />
        ))}
      </Stack>
      <Group mt="md" gap="sm">
        <ConfirmButton
          label={`Make ${several(toBeMade.length, "thing")}`}
          variant="filled"
          disabled={missing.length > 0}
          onConfirm={run}
        >
          <Text size="sm" component="div">
            All of it is made, or nothing:
            <ul>
              {toBeMade.map((item) => (
                <li key={`${item.from} ${item.becomes}`}>{item.becomes}</li>
              ))}
            </ul>
            An account sends nothing before it is verified. Switch the destination off at Segment once texts
            go out here: until then people get both.
          </Text>
        </ConfirmButton>
        {missing.length > 0 && (
          <Text size="sm" c="dimmed">
            Still to be said: {missing.join(", ")}
          </Text>
        )}
      </Group>
    </section>
  );
}

type AnswerProps = { item: Item; required: boolean; value: string; onChange: (value: string) => void };

/** What no export has is a secret, but for a choice, which the plan puts as "say this or that". */
function Answer({ item: { from, difference }, required, value, onChange }: AnswerProps) {
  const Input = /: say /.test(difference ?? "") ? TextInput : PasswordInput;
  return (
    <Input
      label={from}
      description={difference}
      required={required}
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
