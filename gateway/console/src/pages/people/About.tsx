import { Collapse, Text, Title, UnstyledButton } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useId, useState } from "react";

import { When } from "../../parts/When.tsx";
import { several } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Person.module.css";
import type { Contact } from "./Person.tsx";

const SHOWN = 8;

/** By what they are known, and what is known of them. */
export function About({ contact }: { contact: Contact }) {
  const anonymous = [...new Set(contact.people.flatMap((one) => one.anonymousIds))];
  return (
    <section aria-labelledby="about">
      <Title order={2} size="h5" id="about" mb={6}>
        Who this is
      </Title>
      <dl className={classes.pairs}>
        {contact.phone && <Pair name="Number" of={contact.phone} />}
        {contact.userIds.length > 0 && <Pair name="userId" of={contact.userIds.join(", ")} />}
        {contact.externalUserIds.length > 0 && (
          <Pair name="Provider’s ids" of={contact.externalUserIds.join(", ")} />
        )}
        {anonymous.length > 0 && <Pair name="Devices" of={anonymous.join(", ")} />}
        <dt>Last wrote</dt>
        <dd>{contact.lastInboundAt ? <When at={contact.lastInboundAt} ago /> : "never"}</dd>
        <dt>First heard of</dt>
        <dd>
          <When at={contact.createdAt} />
        </dd>
      </dl>
      {contact.people.length > 1 && (
        <Text size="sm" c="dimmed" mt={6}>
          {several(contact.people.length, "person", "people")} gave this number: what is below is of all of
          them together.
        </Text>
      )}
      <Traits traits={contact.traits} />
    </section>
  );
}

function Pair({ name, of }: { name: string; of: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={classes.ids}>{of}</dd>
    </>
  );
}

function Traits({ traits }: { traits: unknown }) {
  const seen = useMay("READER");
  const [open, setOpen] = useState(false);
  const id = useId();
  const all = Object.entries((traits ?? {}) as Record<string, unknown>);
  if (!seen) {
    return (
      <Text size="sm" c="dimmed" mt={10}>
        Traits are hidden from viewers.
      </Text>
    );
  }
  if (all.length === 0) return null;
  return (
    <>
      <Title order={3} size="h6" mt="sm" mb={4}>
        Traits
      </Title>
      <Pairs of={all.slice(0, SHOWN)} />
      {all.length > SHOWN && (
        <>
          <Collapse expanded={open} id={id}>
            <Pairs of={all.slice(SHOWN)} />
          </Collapse>
          <UnstyledButton
            fz="sm"
            mt={4}
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
          >
            {open ? "Show fewer" : `${all.length - SHOWN} more`}{" "}
            <ChevronDown size={13} aria-hidden="true" style={{ rotate: open ? "180deg" : undefined }} />
          </UnstyledButton>
        </>
      )}
    </>
  );
}

function Pairs({ of }: { of: [string, unknown][] }) {
  return (
    <dl className={classes.pairs}>
      {of.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
