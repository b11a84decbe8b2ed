import { useDebouncedValue } from "@mantine/hooks";

/** What is asked of the gateway while somebody types follows them at this distance. */
const BEHIND_MS = 300;

/** A value as it was once nobody has changed it for a moment. */
export function useSettled<Value>(value: Value): Value {
  return useDebouncedValue(value, BEHIND_MS)[0];
}
