import { Skeleton, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";

import { useAnswer } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { addressOf, nameOf } from "../../parts/naming.ts";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../shell/viewer.ts";
import { About } from "./About.tsx";
import { Consents } from "./Consents.tsx";
import { ErasePerson } from "./ErasePerson.tsx";
import { Erasing } from "./Erasing.tsx";
import { ExportPerson } from "./ExportPerson.tsx";
import classes from "./Person.module.css";
import { PersonTabs } from "./PersonTabs.tsx";
import { PhoneLink } from "./PhoneLink.tsx";
import { PersonDocument, type PersonQuery } from "./person.graphql.ts";
import { Windows } from "./Windows.tsx";

export type Contact = Extract<NonNullable<PersonQuery["node"]>, { __typename: "Contact" }>;

const REFRESH_MS = 10_000;
const WHILE_ERASING_MS = 1_000;

const route = getRouteApi("/people/$id");

/** One person: who they are, what they agreed to, what came of it, and why not. */
export function Person() {
  const { id } = route.useParams();
  // Another person is another page: nothing of the last one is shown meanwhile.
  return <PersonOf key={id} id={id} />;
}

function PersonOf({ id }: { id: string }) {
  const [erasing, setErasing] = useState<string | null>(null);
  const { data, error, isPending } = useAnswer(
    PersonDocument,
    { id },
    { refetchInterval: erasing ? WHILE_ERASING_MS : REFRESH_MS },
  );
  const contact = data?.node?.__typename === "Contact" ? data.node : null;

  if (isPending) {
    return (
      <Page oneOf="people" title="Person">
        <Skeleton height={220} aria-busy="true" />
      </Page>
    );
  }
  if (!contact && erasing) return <Erased />;
  if (!contact) {
    return (
      <Page oneOf="people" title="Person">
        <Failure of={error} title="The person could not be read" />
        {!error && <NobodyHere />}
      </Page>
    );
  }
  return <Shown contact={contact} error={error} erasing={erasing} onErase={setErasing} />;
}

type ShownProps = {
  contact: Contact;
  error: Error | null;
  /** By which id they are being erased. */
  erasing: string | null;
  onErase: (subject: string) => void;
};

function Shown({ contact, error, erasing, onErase }: ShownProps) {
  const mayErase = useMay("ADMIN");
  return (
    <Page
      isRead
      oneOf="people"
      title={addressOf(contact)}
      beside={<Text c="dimmed">{nameOf(contact.traits)}</Text>}
      actions={
        <>
          <PhoneLink contact={contact} />
          {mayErase && !erasing && (
            <>
              <ExportPerson id={contact.id} />
              <ErasePerson id={contact.id} called={addressOf(contact)} onDone={onErase} />
            </>
          )}
        </>
      }
    >
      <Failure of={error} title="This could not be read anew" />
      {erasing && <Erasing subject={erasing} />}
      <div className={classes.columns}>
        <div className={classes.facts}>
          <About contact={contact} />
          <Consents contact={contact} />
          <Windows windows={contact.windows} />
        </div>
        <PersonTabs contact={contact} />
      </div>
    </Page>
  );
}

function Erased() {
  return (
    <Page title="Erased">
      <Empty title="They are erased" action={<ToPeople />}>
        Statistics stay, and the audit log keeps that it was done. A stop outlives it: whoever gives the
        number again can’t be texted what it forbids.
      </Empty>
    </Page>
  );
}

function NobodyHere() {
  return (
    <Empty title="Nobody has this id">
      They may have been erased, or belong to another space, or the address is not whole.
    </Empty>
  );
}

function ToPeople() {
  return (
    <ButtonLink variant="default" to="/people">
      All people
    </ButtonLink>
  );
}
