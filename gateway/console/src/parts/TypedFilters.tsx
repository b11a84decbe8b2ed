import { Button, Popover, Stack, TextInput } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";

export type TypedFilter<Key extends string> = { key: Key; name: string; example: string };

type Props<Key extends string> = {
  /** What the button says: a few of them. */
  label: string;
  filters: readonly TypedFilter<Key>[];
  values: Partial<Record<Key, string>>;
  onChange: (values: Partial<Record<Key, string>>) => void;
};

/** The filters that are typed, all in one form behind a button. */
export function TypedFilters<Key extends string>({ label, filters, values, onChange }: Props<Key>) {
  const [open, setOpen] = useState(false);
  const count = filters.filter(({ key }) => values[key]).length;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const typed: Partial<Record<Key, string>> = {};
    for (const { key } of filters) typed[key] = String(given.get(key) ?? "").trim() || undefined;
    onChange(typed);
    setOpen(false);
  }

  return (
    <Popover
      opened={open}
      onChange={setOpen}
      width={300}
      position="bottom-start"
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          fw={500}
          rightSection={<ChevronDown size={14} aria-hidden="true" />}
          onClick={() => setOpen(!open)}
        >
          {label}
          {count > 0 && ` · ${count}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Filter by what is typed">
        <form onSubmit={submit}>
          <Stack gap={6}>
            {filters.map(({ key, name, example }) => (
              <TextInput
                key={key}
                name={key}
                size="xs"
                label={name}
                placeholder={example}
                defaultValue={values[key] ?? ""}
              />
            ))}
            <Button type="submit" size="xs" mt={4}>
              Show
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
