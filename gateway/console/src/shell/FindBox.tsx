import { TextInput } from "@mantine/core";
import { Search } from "lucide-react";

/** One box for whatever somebody has at hand. */
export function FindBox() {
  return (
    <TextInput
      aria-label="Find a number, userId, messageId or SID"
      placeholder="Number, userId, messageId, SID"
      leftSection={<Search size={16} aria-hidden="true" />}
      style={{ flex: 1, maxWidth: 460, minWidth: 0 }}
      ml="auto"
    />
  );
}
