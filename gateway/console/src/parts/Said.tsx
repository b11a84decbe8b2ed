import { Fragment } from "react";

import { When } from "./When.tsx";
import { inPageWords } from "./words.ts";

const MOMENT = /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC)/;

/** A sentence of the API in the words of the page, with its times in the reader's zone. */
export function Said({ of: said }: { of: string }) {
  return inPageWords(said)
    .split(MOMENT)
    .map((part, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name, and never move
      <Fragment key={index}>
        {index % 2 === 1 ? <When at={part.replace(" UTC", "Z").replace(" ", "T")} /> : part}
      </Fragment>
    ));
}
