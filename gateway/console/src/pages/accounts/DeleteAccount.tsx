import { Checkbox, List, Loader, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useAnswer, useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { counted, several } from "../../parts/words.ts";
import { DeleteAccountDocument, WhatGoesAlongDocument } from "./account.graphql.ts";
import type { AccountWhole } from "./shapes.ts";

/** Deletes an account, after it said what that takes along. */
export function DeleteAccount({ account: { id, name } }: { account: AccountWhole }) {
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [isAgreed, setAgreed] = useState(false);
  const remove = useChange(DeleteAccountDocument, {
    onDone: () => void navigate({ to: "/accounts", ignoreBlocker: true }),
  });
  const { data, error } = useAnswer(WhatGoesAlongDocument, { id }, { enabled: isOpen });
  const along = data?.destination;
  const mappings = along?.mappings.totalCount ?? null;
  const waiting = along?.deliveries.totalCount ?? null;
  const takesSomething = along ? along.sources.length > 0 || mappings !== 0 || waiting !== 0 : false;
  return (
    <ConfirmButton
      label="Delete"
      confirm={`Delete ${name}`}
      danger
      blocked={!along || (takesSomething && !isAgreed)}
      onOpen={() => {
        setOpen(true);
        setAgreed(false);
      }}
      onConfirm={() =>
        remove.runAsync({ input: { id, expectedRevision: along?.revision ?? 0, force: takesSomething } })
      }
    >
      <Failure of={error} />
      {!along && !error && <Loader size="sm" aria-label="Looking at what depends on it" />}
      {along && !takesSomething && (
        <Text size="sm">Nothing depends on it. What was sent through it stays among the deliveries.</Text>
      )}
      {along && takesSomething && (
        <>
          <Text size="sm">This ends with it:</Text>
          <List size="sm" my="xs">
            {along.sources.length > 0 && (
              <List.Item>
                {several(along.sources.length, "source")} will be disconnected:{" "}
                {along.sources.map((source) => source.name).join(", ")}
              </List.Item>
            )}
            {mappings !== 0 && (
              <List.Item>
                {mappings === null ? "More than 10,000 mappings" : several(mappings, "mapping")} will be
                deleted: {along.mappings.edges.map((edge) => edge.node.name).join(", ")}
                {(mappings ?? Number.POSITIVE_INFINITY) > along.mappings.edges.length && " and others"}
              </List.Item>
            )}
            {waiting !== 0 && (
              <List.Item>
                {waiting === null ? "More than 10,000" : counted(waiting)} waiting{" "}
                {waiting === 1 ? "text" : "texts"} will be canceled
              </List.Item>
            )}
          </List>
          <Text size="sm" mb="sm">
            What was sent through it stays among the deliveries.
          </Text>
          <Checkbox
            label="Yes, end all of this"
            checked={isAgreed}
            onChange={(event) => setAgreed(event.currentTarget.checked)}
          />
        </>
      )}
    </ConfirmButton>
  );
}
