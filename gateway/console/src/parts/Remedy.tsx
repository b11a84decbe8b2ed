import { Anchor, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { CopyText } from "./CopyText.tsx";
import { Fold } from "./Fold.tsx";
import classes from "./Remedy.module.css";
import { ADDRESS, remedyInWords } from "./remedies.ts";
import { Said } from "./Said.tsx";

/** What to do about something, in words; the operations in it, which are there to be pasted, on a click. `isTitled`: it says itself what it is. */
export function Remedy({ of: remedy, isTitled = true }: { of: string; isTitled?: boolean }) {
  const words = remedyInWords(remedy);
  return (
    <div>
      {words !== "" && (
        <Text size="sm" c="inherit" className={classes.words}>
          {isTitled && <b>What to do: </b>}
          {linked(words)}
        </Text>
      )}
      {words !== remedy && (
        <Fold label="As an operation of the API">
          <CopyText text={remedy} label="The remedy" name="the remedy" />
        </Fold>
      )}
    </div>
  );
}

/** What to do, on a click, where there are many things to be read beside it. */
export function FoldedRemedy({ of: remedy }: { of: string }) {
  return (
    <Fold label="What to do">
      <Remedy of={remedy} isTitled={false} />
    </Fold>
  );
}

/** The words, in which an address leads there. */
function linked(words: string): ReactNode[] {
  return words.split(ADDRESS).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name, and never move
      <Anchor key={index} href={part} target="_blank" rel="noreferrer" inherit c="inherit" underline="always">
        {part.replace("https://", "")}
      </Anchor>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the same
      <Said key={index} of={part} />
    ),
  );
}
