import { Combobox, Kbd, Text, TextInput, useCombobox } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import { Failure } from "../parts/Failure.tsx";
import { FoundOption } from "./FoundOption.tsx";
import { type Found, KINDS, whereFound } from "./found.ts";
import { useFind } from "./useFind.ts";
import { useMay } from "./viewer.ts";

/** One box for whatever somebody has at hand. `/` leads to it from anywhere. */
export function FindBox() {
  const [typed, setTyped] = useState("");
  const [isHurried, setHurried] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const seesNumbers = useMay("READER");
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const { found, error } = useFind(typed, isHurried);
  useSlash(input);

  const [only] = found?.length === 1 ? found : [];
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever pressed Enter goes there as soon as it is found
  useEffect(() => {
    if (found === null) return;
    combobox.selectFirstOption();
    if (isHurried && only) go(only);
    setHurried(false);
  }, [found?.map((one) => one.id).join()]);

  function go(one: Found) {
    combobox.closeDropdown();
    setTyped("");
    setHurried(false);
    input.current?.blur();
    void navigate(whereFound(one));
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === "Enter" && typed.trim()) {
      combobox.openDropdown();
      if (found === null) setHurried(true);
    }
    if (event.key === "Escape" && !combobox.dropdownOpened) {
      setTyped("");
      input.current?.blur();
    }
  }

  const what = seesNumbers ? "number, userId, messageId or SID" : "userId, messageId or SID";
  return (
    <Combobox
      store={combobox}
      keepMounted={false}
      position="bottom-start"
      shadow="md"
      withinPortal={false}
      middlewares={{ shift: true, flip: false }}
      onOptionSubmit={(id) => {
        const one = found?.find((candidate) => candidate.id === id);
        if (one) go(one);
      }}
    >
      <Combobox.Target withExpandedAttribute>
        <TextInput
          ref={input}
          role="combobox"
          aria-label={`Find a ${what}`}
          placeholder={`Find a ${what}`}
          leftSection={<Search size={16} aria-hidden="true" />}
          rightSection={
            typed ? null : (
              <Kbd aria-hidden="true" visibleFrom="sm">
                /
              </Kbd>
            )
          }
          style={{ flex: 1, maxWidth: 460, minWidth: 0 }}
          ml="auto"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setHurried(false);
            if (event.currentTarget.value.trim()) combobox.openDropdown();
            else combobox.closeDropdown();
          }}
          onFocus={() => typed.trim() && combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          onKeyDown={onKeyDown}
        />
      </Combobox.Target>
      <Combobox.Dropdown miw={300}>
        <Combobox.Options mah={420} style={{ overflowY: "auto" }} aria-label="What was found">
          {KINDS.map(({ kind, name }) => {
            const some = found?.filter((one) => one.__typename === kind) ?? [];
            return (
              some.length > 0 && (
                <Combobox.Group key={kind} label={name}>
                  {some.map((one) => (
                    <Combobox.Option key={one.id} value={one.id}>
                      <FoundOption of={one} />
                    </Combobox.Option>
                  ))}
                </Combobox.Group>
              )
            );
          })}
        </Combobox.Options>
        <div role="status">
          {found === null && !error && (
            <Text size="sm" c="dimmed" p="xs">
              Looking …
            </Text>
          )}
          {found?.length === 0 && <Nothing typed={typed.trim()} seesNumbers={seesNumbers} />}
          <Failure of={error} />
        </div>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Nothing({ typed, seesNumbers }: { typed: string; seesNumbers: boolean }) {
  return (
    <Text size="sm" p="xs" style={{ overflowWrap: "anywhere" }}>
      Nothing goes by “{typed}”. Look for {seesNumbers && "a number in any notation, "}a userId, a messageId,
      a message SID, any id of this page, or the whole name of a mapping, an account, a sender, a source or an
      event.
      {!seesNumbers && " A viewer sees no numbers, and can’t look for one."}
    </Text>
  );
}

/** `/` leads to it, but where somebody types. */
function useSlash(input: { current: HTMLInputElement | null }) {
  useEffect(() => {
    function onKeyDown(event: globalThis.KeyboardEvent) {
      const at = event.target as HTMLElement;
      const isChosen = at instanceof HTMLInputElement && ["radio", "checkbox"].includes(at.type);
      const types =
        !isChosen && (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName));
      if (event.key !== "/" || types || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [input]);
}
