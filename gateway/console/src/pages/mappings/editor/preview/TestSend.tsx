import { Autocomplete, Button, Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { freshKey } from "../../../../api/ask.ts";
import { useAnswer, useChange } from "../../../../api/queries.ts";
import type { UserErrorPartsFragment } from "../../../../api/user_error.graphql.ts";
import { Failure } from "../../../../parts/Failure.tsx";
import { Remedy } from "../../../../parts/Remedy.tsx";
import { DeliveryTag } from "../../../../parts/StatusTags.tsx";
import { isChanged } from "../reducer.ts";
import { useEditor } from "../useEditor.ts";
import { AllowTests } from "./AllowTests.tsx";
import classes from "./Preview.module.css";
import {
  SendTestDocument,
  TestNumbersOfAccountDocument,
  TestThatWasSentDocument,
} from "./preview.graphql.ts";

const LOOK_EVERY_MS = 1_000;
const ENDS: readonly string[] = ["DELIVERED", "READ", "UNDELIVERED", "FAILED"];

type Props = {
  event: unknown;
  /** Whether the trigger is for the event. */
  isFor: boolean;
  /** The event is the one before the one that was picked. */
  isOlder: boolean;
};

/** Sends a real text of the mapping as it is saved, to one number. */
export function TestSend({ event, isFor, isOlder }: Props) {
  const { state, readOnly } = useEditor();
  const { saved, draft } = state;
  const [to, setTo] = useState("");
  const [sent, setSent] = useState(0);
  // The same test asked for again is sent once; another number, event or revision is another test.
  const asked = JSON.stringify([to.trim(), event, saved?.revision, sent]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key for whatever else is asked for
  const idempotencyKey = useMemo(freshKey, [asked]);
  const account = useAnswer(
    TestNumbersOfAccountDocument,
    { id: draft.destinationId },
    { enabled: draft.destinationId !== "" },
  );
  const send = useChange(SendTestDocument, {
    onDone: () => setSent((count) => count + 1),
  });
  if (readOnly || saved === null) return null;
  const numbers = account.data?.destination?.policy.testNumbers ?? [];
  const blocked = isChanged(state)
    ? "A test sends the mapping as it is saved: save your changes first."
    : isFor
      ? null
      : "A test needs an event that the trigger is for.";

  return (
    <section className={classes.test} aria-labelledby="test-heading">
      <Title order={3} size="h5" id="test-heading">
        Send a test
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {blocked ??
          "A real text, to this number alone. A test number of the account needs no consent, any other must have agreed before; a stop always holds."}
      </Text>
      <Group gap="xs" align="start">
        <Autocomplete
          aria-label="The number that gets the test"
          placeholder={numbers[0] ?? "+12025550123"}
          data={numbers}
          value={to}
          onChange={setTo}
          disabled={blocked !== null}
          style={{ flex: 1, minWidth: 160 }}
          autoComplete="off"
        />
        <Button
          variant="default"
          disabled={blocked !== null || isOlder || to.trim() === ""}
          loading={send.isRunning}
          onClick={({ detail }) => {
            // Where the server is quick, the second click of a double one would ask for a second text.
            if (detail < 2)
              send.run({ input: { mappingId: saved.id, event, to: to.trim(), idempotencyKey } });
          }}
        >
          Send the test
        </Button>
      </Group>
      <Failure of={send.error} title="Nothing was sent" />
      {lacksConsent(send.errors) && account.data?.destination && (
        <AllowTests
          account={{ ...account.data.destination, testNumbers: numbers }}
          number={to.trim()}
          onDone={send.reset}
        />
      )}
      {send.result?.testSend.delivery && <Sent id={send.result.testSend.delivery.id} />}
    </section>
  );
}

/** Whether it is the number that nothing is sent to. */
const lacksConsent = (errors: readonly UserErrorPartsFragment[]): boolean =>
  errors.some(({ code, path }) => code === "SUPPRESSED" && path[0] === "to");

function Sent({ id }: { id: string }) {
  const [isOver, setOver] = useState(false);
  const answer = useAnswer(
    TestThatWasSentDocument,
    { id },
    { refetchInterval: isOver ? false : LOOK_EVERY_MS },
  );
  const delivery = answer.data?.delivery;
  if (!delivery) return null;
  const { status, messageStatus, errorCode, remedy, phonePage } = delivery;
  const ended =
    ENDS.includes(messageStatus ?? "") || ["SUPPRESSED", "REJECTED", "CANCELED", "EXPIRED"].includes(status);
  if (ended !== isOver) setOver(ended);
  return (
    <div role="status" style={{ marginTop: 8 }}>
      <Group gap="xs" fz="sm">
        <DeliveryTag status={status} messageStatus={messageStatus} />
        {errorCode && <Text size="sm">Error {errorCode}</Text>}
        <Link to="/deliveries/$id" params={{ id }} className={classes.link}>
          See the delivery
        </Link>
        {phonePage && (
          <a href={phonePage} target="_blank" rel="noreferrer" className={classes.link}>
            Phone in the simulator
          </a>
        )}
      </Group>
      {remedy && <Remedy of={remedy} />}
    </div>
  );
}
