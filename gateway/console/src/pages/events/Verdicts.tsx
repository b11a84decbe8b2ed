import { Button, Code, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";

import { Remedy } from "../../parts/Remedy.tsx";
import { counted } from "../../parts/words.ts";
import type { EventWholeQuery } from "./event.graphql.ts";
import { markedIn } from "./marked.ts";
import classes from "./Verdicts.module.css";

export type Verdict = NonNullable<EventWholeQuery["event"]>["whyNot"][number];

const SHOWN = 4;

/** What each mapping makes of an event, the nearest first: which term of its trigger does not hold, and what the event has there. */
export function Verdicts({ verdicts, eventId }: { verdicts: readonly Verdict[]; eventId: string }) {
  const [whole, { toggle }] = useDisclosure(false);
  return (
    <>
      <ol className={classes.verdicts} aria-label="Mappings, the nearest first">
        {verdicts.slice(0, whole ? undefined : SHOWN).map((verdict) => (
          <Item key={verdict.mapping.id} verdict={verdict} eventId={eventId} />
        ))}
      </ol>
      {verdicts.length > SHOWN && (
        <Button variant="default" size="compact-sm" onClick={toggle} aria-expanded={whole}>
          {whole ? "Show the nearest alone" : `Show all ${counted(verdicts.length)}`}
        </Button>
      )}
    </>
  );
}

function Item({ verdict, eventId }: { verdict: Verdict; eventId: string }) {
  const { mapping, failedTerm, line, column } = verdict;
  const marked = failedTerm && line && column ? markedIn(mapping.trigger, failedTerm, line, column) : null;
  return (
    <li className={classes.verdict}>
      <Group justify="space-between" gap="xs">
        <Link to="/mappings/$id" params={{ id: mapping.id }} search={{ eventId }} className={classes.name}>
          {mapping.name}
        </Link>
        {marked && (
          <Text size="xs" c="dimmed">
            line {line}, column {column}
          </Text>
        )}
      </Group>
      {marked && (
        <Code block className={classes.trigger}>
          {marked.before}
          <mark className={classes.failed}>{marked.term}</mark>
          {marked.after}
        </Code>
      )}
      <div className={classes.why}>
        <Why verdict={verdict} />
      </div>
    </li>
  );
}

function Why({ verdict: { matched, failedTerm, found, line } }: { verdict: Verdict }) {
  // Where nothing of the event stands in the way, the API says what does, and what to do.
  if (found && !failedTerm) return <Remedy of={found} isTitled={false} />;
  return <Text size="sm">{matched ? MATCHED : saidOf(found, line)}</Text>;
}

const MATCHED = "It would match now: the mapping was made or changed since this event came.";

function saidOf(found: string | null | undefined, line: number | null | undefined): string {
  if (!found) return "What the event has there is not shown to your role.";
  // Where the trigger is not what stands in the way, it is a sentence of its own.
  return line ? `In this event, ${found}.` : found;
}
