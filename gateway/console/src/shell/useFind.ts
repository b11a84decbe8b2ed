import { useDebouncedValue } from "@mantine/hooks";

import { useAnswer } from "../api/queries.ts";
import { FindDocument } from "./find.graphql.ts";
import { type Found, KINDS } from "./found.ts";
import { useViewer } from "./viewer.ts";

const TYPED_FOR_MS = 250;
const MOST_CHARACTERS = 500;

type Outcome = {
  /** What was found by the whole of what is typed now; null while it is looked for. */
  found: readonly Found[] | null;
  error: Error | null;
};

/** What a text turns out to be, once nobody types any more or `isHurried`: in the order of the kinds. */
export function useFind(typed: string, isHurried: boolean): Outcome {
  const { space } = useViewer();
  const wanted = typed.trim().slice(0, MOST_CHARACTERS);
  const [rested] = useDebouncedValue(wanted, TYPED_FOR_MS);
  const text = isHurried ? wanted : rested;
  const { data, error, isPlaceholderData } = useAnswer(
    FindDocument,
    { text, space },
    { enabled: text !== "" && text === wanted },
  );
  if (text !== wanted) return { found: null, error: null };
  const isThere = data !== undefined && !isPlaceholderData;
  return { found: isThere ? inOrder(data.find) : null, error };
}

const inOrder = (found: readonly Found[]): Found[] =>
  KINDS.flatMap(({ kind }) => found.filter((one) => one.__typename === kind));
