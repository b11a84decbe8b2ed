import { ActionIcon, Button, Input, Table as Rows, TextInput } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { useEditor } from "../useEditor.ts";
import { isTable } from "../values.ts";
import type { ControlProps } from "./FieldRow.tsx";

type Props = ControlProps & {
  /** Names that have a row in any case, each with what stands in for its value. */
  rows?: Readonly<Record<string, string>>;
  /** What is said of a name that is none of `rows`. */
  stranger?: string;
};

/** An object of texts as a table of names and values. */
export function Table({ field, value, onChange, error, rows = {}, stranger }: Props) {
  const { readOnly } = useEditor();
  const [added, setAdded] = useState("");
  const given = isTable(value) ? value : {};
  const names = [...new Set([...Object.keys(rows), ...Object.keys(given)])];

  function put(name: string, text: string | undefined) {
    const { [name]: _, ...others } = given;
    // A name that is there already keeps its place.
    const next = text === undefined ? others : { ...(name in given ? given : others), [name]: text };
    onChange(Object.keys(next).length > 0 ? next : undefined);
  }

  function add() {
    const name = added.trim();
    if (name === "" || name in given) return;
    put(name, "");
    setAdded("");
  }

  return (
    <Input.Wrapper
      label={field.label}
      description={field.description}
      required={field.required}
      error={error}
    >
      {names.length > 0 && (
        <Rows aria-label={field.label} verticalSpacing={4} mt={4}>
          <Rows.Thead>
            <Rows.Tr>
              <Rows.Th w={110}>Name</Rows.Th>
              <Rows.Th>Value</Rows.Th>
              <Rows.Th w={40}>
                <span className="visually-hidden">Remove</span>
              </Rows.Th>
            </Rows.Tr>
          </Rows.Thead>
          <Rows.Tbody>
            {names.map((name) => (
              <Rows.Tr key={name}>
                <Rows.Td>{name}</Rows.Td>
                <Rows.Td>
                  <TextInput
                    aria-label={`${field.label}: ${name}`}
                    size="xs"
                    value={given[name] ?? ""}
                    placeholder={rows[name] ? `Left out: ${rows[name]}` : undefined}
                    error={stranger && !(name in rows) ? stranger : undefined}
                    onChange={(event) =>
                      put(name, event.currentTarget.value || (name in rows ? undefined : ""))
                    }
                    autoComplete="off"
                  />
                </Rows.Td>
                <Rows.Td>
                  {!readOnly && name in given && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Remove ${name}`}
                      onClick={() => put(name, undefined)}
                    >
                      <Trash2 size={15} />
                    </ActionIcon>
                  )}
                </Rows.Td>
              </Rows.Tr>
            ))}
          </Rows.Tbody>
        </Rows>
      )}
      {!readOnly && (
        <div style={{ display: "flex", gap: 6, marginTop: 6 }}>
          <TextInput
            aria-label={`Another name in ${field.label}`}
            placeholder="Another name"
            size="xs"
            w={160}
            value={added}
            onChange={(event) => setAdded(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              add();
            }}
          />
          <Button
            variant="default"
            size="xs"
            leftSection={<Plus size={14} />}
            disabled={added.trim() === ""}
            onClick={add}
            aria-label={`Add it to ${field.label}`}
          >
            Add
          </Button>
        </div>
      )}
    </Input.Wrapper>
  );
}
