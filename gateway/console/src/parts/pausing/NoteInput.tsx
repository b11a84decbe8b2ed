import { TextInput } from "@mantine/core";

/** Why it is paused, for those who wonder. */
export function NoteInput({ value, onChange }: { value: string; onChange: (note: string) => void }) {
  return (
    <TextInput
      label="Note"
      description="Why, for those who wonder: each text that waits shows it."
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={500}
    />
  );
}
