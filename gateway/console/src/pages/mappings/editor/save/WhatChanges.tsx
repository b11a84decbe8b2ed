import { Skeleton, Table, Text } from "@mantine/core";
import { Suspense } from "react";

import { lazily } from "../../../../parts/lazily.tsx";
import type { Change } from "../changes.ts";
import { useEditor } from "../useEditor.ts";
import classes from "./Save.module.css";
import { partInWords, valueInWords } from "./words.ts";

const Difference = lazily(() => import("./Difference.tsx"));

const LONG = 36;

/** What changes, part by part; in long texts what goes and what comes is marked. */
export function WhatChanges({ of: changes, label }: { of: readonly Change[]; label: string }) {
  const { action } = useEditor();
  return (
    <Table aria-label={label} verticalSpacing={7}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={170}>Part</Table.Th>
          <Table.Th>Change</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {changes.map(({ part, before, after }) => (
          <Table.Tr key={part}>
            <Table.Th scope="row" className={classes.part}>
              {partInWords(part, action)}
            </Table.Th>
            <Table.Td>
              <Values
                before={valueInWords(before)}
                after={valueInWords(after)}
                part={partInWords(part, action)}
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Values({ before, after, part }: { before: string; after: string; part: string }) {
  if (before !== "" && after !== "" && Math.max(before.length, after.length) > LONG) {
    return (
      <Suspense fallback={<Skeleton height={30} />}>
        <Difference before={before} after={after} label={`How ${part} changes`} />
      </Suspense>
    );
  }
  return (
    <div className={classes.values}>
      <Value text={before} tone="before" />
      <span aria-hidden="true">→</span>
      <Value text={after} tone="after" />
    </div>
  );
}

/** A value as it was, or as it will be. */
export function Value({ text, tone }: { text: string; tone: "before" | "after" | "plain" }) {
  if (text === "") {
    return (
      <Text size="sm" c="dimmed" span fs="italic">
        nothing
      </Text>
    );
  }
  const Element = tone === "before" ? "del" : tone === "after" ? "ins" : "span";
  return (
    <Element className={classes.value} data-tone={tone}>
      {text}
    </Element>
  );
}
