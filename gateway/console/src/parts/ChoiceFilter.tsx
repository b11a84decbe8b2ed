import { Button, CheckIcon, Combobox, Group, ScrollArea, Text, useCombobox } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useRef, useState } from "react";

import { MOST_OFFERED } from "../api/whole.ts";

export type Choice = {
  value: string;
  label: string;
  /** What it means, where its name alone may not tell. */
  hint?: string;
  /** What it stands under, with those before or behind it that stand there too. */
  group?: string;
};

type Props = {
  name: string;
  choices: readonly Choice[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** Whether several may be chosen; else one, and choosing it again lets it go. */
  multiple?: boolean;
};

const SEARCHED_FROM = 9;

/** A button that opens the choices of a filter. Of many, the first letters of one find it. */
export function ChoiceFilter({ name, choices, chosen, onChange, multiple = false }: Props) {
  const [sought, setSought] = useState("");
  const dropdown = useRef<HTMLDivElement>(null);
  const combobox = useCombobox({
    onDropdownClose() {
      combobox.resetSelectedOption();
      setSought("");
      // Not before the click that closed it, if one did, has put the focus where it was meant to.
      setTimeout(() => {
        const focused = document.activeElement;
        if (focused === document.body || dropdown.current?.contains(focused)) combobox.focusTarget();
      });
    },
    onDropdownOpen() {
      if (isSearched) combobox.focusSearchInput();
      else combobox.updateSelectedOptionIndex("active");
    },
  });
  const isSearched = choices.length >= SEARCHED_FROM;
  const words = sought.trim().toLowerCase();
  const found = choices.filter(({ label, hint = "" }) => `${label} ${hint}`.toLowerCase().includes(words));

  function toggle(value: string) {
    const without = chosen.filter((one) => one !== value);
    const isNew = without.length === chosen.length;
    if (multiple) return onChange(isNew ? [...chosen, value] : without);
    onChange(isNew ? [value] : []);
    combobox.closeDropdown();
  }

  return (
    <Combobox
      store={combobox}
      width={280}
      position="bottom-start"
      shadow="md"
      // Within the page's landmarks, and cut off by nothing that scrolls.
      withinPortal={false}
      floatingStrategy="fixed"
      onOptionSubmit={toggle}
    >
      <Combobox.Target targetType="button">
        <Button
          variant="default"
          size="xs"
          fw={500}
          aria-label={chosen.length > 0 ? `${name}, ${chosen.length} chosen` : name}
          rightSection={<ChevronDown size={14} aria-hidden="true" />}
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          {name}
          {chosen.length > 0 && ` · ${chosen.length}`}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown ref={dropdown}>
        {isSearched && (
          <Combobox.Search
            value={sought}
            onChange={(event) => {
              setSought(event.currentTarget.value);
              combobox.updateSelectedOptionIndex();
            }}
            placeholder={`Find in ${name.toLowerCase()}`}
            aria-label={`Find in ${name.toLowerCase()}`}
          />
        )}
        <Combobox.Options aria-label={name} aria-multiselectable={multiple || undefined}>
          <ScrollArea.Autosize mah={320} type="scroll">
            {grouped(found).map(({ group, choices: ofGroup }) => {
              const options = ofGroup.map((choice) => (
                <Option key={choice.value} choice={choice} isChosen={chosen.includes(choice.value)} />
              ));
              return group === undefined ? (
                options
              ) : (
                <Combobox.Group key={group} label={group}>
                  {options}
                </Combobox.Group>
              );
            })}
            {found.length === 0 && <Combobox.Empty>There is none of that name.</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
        {choices.length >= MOST_OFFERED && (
          <Combobox.Footer>
            <Text size="xs" c="dimmed">
              The first {choices.length.toLocaleString()} are offered.
            </Text>
          </Combobox.Footer>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Option({ choice: { value, label, hint }, isChosen }: { choice: Choice; isChosen: boolean }) {
  return (
    <Combobox.Option value={value} active={isChosen} aria-selected={isChosen}>
      <Group gap={8} wrap="nowrap">
        <CheckIcon size={11} style={{ visibility: isChosen ? "visible" : "hidden", flexShrink: 0 }} />
        <div>
          {label}
          {hint && (
            <Text size="xs" c="dimmed">
              {hint}
            </Text>
          )}
        </div>
      </Group>
    </Combobox.Option>
  );
}

/** The choices by what they stand under, in their order. */
function grouped(choices: readonly Choice[]): { group?: string; choices: Choice[] }[] {
  const groups = new Map<string | undefined, Choice[]>();
  for (const choice of choices) groups.set(choice.group, [...(groups.get(choice.group) ?? []), choice]);
  return [...groups].map(([group, ofGroup]) => ({ group, choices: ofGroup }));
}
