import { Group, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useReducer, useRef, useState } from "react";

import type { ChangeRefused } from "../../../api/ask.ts";
import { LeaveGuard } from "../../../parts/LeaveGuard.tsx";
import { Page } from "../../../parts/Page.tsx";
import { Tag } from "../../../parts/Tag.tsx";
import { unreadField } from "../../../parts/unread.ts";
import { useMay } from "../../../shell/viewer.ts";
import { MappingActions } from "../MappingActions.tsx";
import { ActionChoice } from "./ActionChoice.tsx";
import { Basics, Limits } from "./Basics.tsx";
import { Backtest } from "./backtest/Backtest.tsx";
import { Doubts } from "./Doubts.tsx";
import { type Draft, type Saved, savedOf } from "./draft.ts";
import classes from "./Editor.module.css";
import type { AccountsToMapToQuery, EditedMappingFragment } from "./editor.graphql.ts";
import { FieldsForm } from "./fields/FieldsForm.tsx";
import { Locked } from "./Locked.tsx";
import { forgetPick, keepPick, pickKept } from "./preview/keptPick.ts";
import { Preview } from "./preview/Preview.tsx";
import type { Pick } from "./preview/pick.ts";
import { type Moment, type Previewed, usePreview } from "./preview/usePreview.ts";
import { inFormWords, isAhead, type Problem, placed, problemsOf } from "./problems.ts";
import { edited, isChanged, opened } from "./reducer.ts";
import { Save } from "./save/Save.tsx";
import { SavedMeanwhile } from "./save/SavedMeanwhile.tsx";
import { Shadow } from "./shadow/Shadow.tsx";
import { ToPreview, useToPreview } from "./ToPreview.tsx";
import { TriggerBox } from "./TriggerBox.tsx";
import { type ActionField, EditorContext } from "./useEditor.ts";

type Props = {
  /** As the API has it now; null: it is to be made. */
  mapping: EditedMappingFragment | null;
  /** Somebody deleted it since it was opened. */
  isGone?: boolean;
  begin: Draft;
  known: AccountsToMapToQuery;
  eventId?: string;
};

const NO_FIELDS: readonly ActionField[] = [];

const inTheForm = (preview: Previewed, fields: readonly ActionField[]): Previewed => ({
  ...preview,
  problems: inFormWords(preview.problems, fields),
});

/** What the fields that are still to be filled in are called. */
const labelsOf = (ahead: readonly Problem[], fields: readonly ActionField[]): string[] =>
  fields.filter(({ key }) => ahead.some(({ path }) => path === `/fields/${key}`)).map(({ label }) => label);

/** A mapping in a form, and beside it what it would make of an event. */
export function Editor({ mapping, isGone = false, begin, known, eventId }: Props) {
  const readOnly = !useMay("OPERATOR");
  const mayPreview = useMay("READER");
  const navigate = useNavigate();
  const [state, dispatch] = useReducer(edited, mapping && savedOf(mapping), (saved: Saved | null) =>
    opened(saved, saved?.draft ?? begin),
  );
  const [pick, setPick] = useState<Pick>(
    () => (mapping && pickKept(mapping.id)) ?? (eventId ? { kind: "id", id: eventId } : { kind: "usual" }),
  );
  const openedId = mapping?.id;
  useEffect(() => {
    if (openedId) forgetPick(openedId);
  }, [openedId]);
  const [refused, setRefused] = useState<ChangeRefused | null>(null);
  // Whoever has saved or deleted it loses nothing by leaving.
  const isDone = useRef(false);
  const { draft, saved } = state;
  const toPreview = useToPreview();
  const [moment, setMoment] = useState<Moment>("then");
  const previewed = usePreview({ draft, saved, pick, moment }, mayPreview);

  const accounts = known.destinations.edges.map(({ node }) => node);
  const account = accounts.find(({ id }) => id === draft.destinationId);
  const definition = known.definitions.find(({ slug }) => slug === account?.definition.slug) ?? null;
  const action = definition?.actions.find(({ slug }) => slug === draft.action) ?? null;

  const fields = action?.fields ?? NO_FIELDS;
  const preview = useMemo(
    () => previewed.preview && inTheForm(previewed.preview, fields),
    [previewed.preview, fields],
  );
  const ahead = refused === null ? (preview?.problems ?? []).filter((one) => isAhead(one, state)) : [];
  const problems = useMemo(() => {
    const stored =
      mapping?.revision === saved?.revision && !isChanged(state) ? (mapping?.problems ?? []) : [];
    const found = [
      ...inFormWords([...(refused ? problemsOf(refused) : []), ...stored], fields),
      ...(preview?.problems ?? []).filter((one) => refused !== null || !isAhead(one, state)),
    ];
    return placed(
      found.filter((one, at) => found.findIndex((other) => other.message === one.message) === at),
    );
  }, [mapping, saved, state, refused, preview, fields]);
  const shown = [
    ...[
      "destinationId",
      "action",
      "name",
      "purpose",
      "mode",
      "enabled",
      "maxAgeSeconds",
      "trigger",
      "cancelTrigger",
    ],
    ...fields.map(({ key }) => `fields/${key}`),
  ];

  const editor = { state, dispatch, readOnly, accounts, definition, action, problems };

  function onSaved(made: EditedMappingFragment) {
    setRefused(null);
    dispatch({ do: "saved", saved: savedOf(made) });
    if (saved !== null) return;
    isDone.current = true;
    keepPick(made.id, pick);
    void navigate({ to: "/mappings/$id", params: { id: made.id }, search: { eventId }, replace: true });
  }

  return (
    <EditorContext value={editor}>
      <Page
        isRead
        oneOf="mappings"
        title={saved ? saved.draft.name : "New mapping"}
        beside={
          <Standing isNew={saved === null} draft={saved?.draft ?? draft} isChanged={isChanged(state)} />
        }
        actions={
          <>
            {saved && !readOnly && !isGone && !isChanged(state) && (
              <MappingActions
                mapping={{ ...saved.draft, id: saved.id, revision: saved.revision }}
                onDeleted={() => {
                  isDone.current = true;
                  void navigate({ to: "/mappings" });
                }}
              />
            )}
            {!readOnly && <Backtest />}
            {!readOnly && <Save isGone={isGone} onSaved={onSaved} onRefused={setRefused} />}
          </>
        }
      >
        <SavedMeanwhile now={mapping} isGone={isGone} />
        <div className={classes.columns}>
          <div className={classes.form}>
            <Doubts of={problems.rest(shown).map((one) => ({ ...one, severity: "WARNING" }))} />
            <Locked label="What it is">
              <ActionChoice />
              <Basics />
            </Locked>
            <Locked label="Which events it is for">
              <Title order={2} size="h4">
                Events
              </Title>
              <TriggerBox part="trigger" label="Trigger" help="Which events it is for, in FQL." required />
              <TriggerBox
                part="cancelTrigger"
                label="Cancel trigger"
                help="Which events cancel what still waits for the same person. Empty: none does."
              />
              <Limits />
            </Locked>
            <FieldsForm />
          </div>
          <section className={classes.preview} aria-label="Preview" ref={toPreview.ref}>
            {mayPreview ? (
              <Preview
                pick={pick}
                onPick={setPick}
                moment={moment}
                onMoment={setMoment}
                previewed={{ ...previewed, preview }}
                todo={labelsOf(ahead, fields)}
              />
            ) : (
              <p>A preview shows numbers and what they agreed to: it takes the role Reader.</p>
            )}
          </section>
        </div>
        <ToPreview {...toPreview} />
        {saved?.draft.mode === "SHADOW" && mayPreview && <Shadow mappingId={saved.id} />}
        <LeaveGuard isChanged={() => (isChanged(state) || unreadField() !== null) && !isDone.current} />
      </Page>
    </EditorContext>
  );
}

function Standing({
  isNew,
  draft,
  isChanged: changed,
}: {
  isNew: boolean;
  draft: Draft;
  isChanged: boolean;
}) {
  return (
    <Group gap={6}>
      {!isNew && !draft.enabled && <Tag tone="grey">Disabled</Tag>}
      {!isNew && draft.enabled && (
        <Tag tone={draft.mode === "LIVE" ? "green" : "blue"}>{draft.mode === "LIVE" ? "Live" : "Shadow"}</Tag>
      )}
      {changed && <Tag tone="amber">Unsaved changes</Tag>}
    </Group>
  );
}
