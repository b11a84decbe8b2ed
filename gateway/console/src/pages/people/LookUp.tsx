import { Button, Group, List, Text, TextInput } from "@mantine/core";
import { Navigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type FormEvent, useState } from "react";

import { useAnswer } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { AnchorLink } from "../../parts/links.tsx";
import { addressOf, nameOf } from "../../parts/naming.ts";
import { FoundOption } from "../../shell/FoundOption.tsx";
import { type Found, whereFound } from "../../shell/found.ts";
import { useMay, useViewer } from "../../shell/viewer.ts";
import { WhoIsDocument } from "./people.graphql.ts";

type Props = {
  /** Whom the address asks for; empty: nobody. */
  wanted: string;
  onWanted: (text: string) => void;
};

/** The way to a person by what is at hand: a number in any notation, or a userId. */
export function LookUp({ wanted, onWanted }: Props) {
  const [text, setText] = useState(wanted);
  const seesNumbers = useMay("READER");

  function submit(event: FormEvent) {
    event.preventDefault();
    onWanted(text.trim());
  }

  return (
    <search style={{ flex: "1 1 320px", maxWidth: 520 }} aria-label="People">
      <form onSubmit={submit}>
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            label={seesNumbers ? "Number or userId" : "userId"}
            placeholder={seesNumbers ? "(202) 555-0120, +44 …, user_1001" : "user_1001"}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            leftSection={<Search size={16} aria-hidden="true" />}
            maxLength={500}
            style={{ flex: 1 }}
          />
          <Button type="submit" variant="default">
            Look up
          </Button>
        </Group>
      </form>
      {wanted && <Answer wanted={wanted} />}
    </search>
  );
}

function Answer({ wanted }: { wanted: string }) {
  const { space } = useViewer();
  const { data, error, isPlaceholderData } = useAnswer(WhoIsDocument, { text: wanted, space });
  if (error) return <Failure of={error} />;
  if (!data || isPlaceholderData) {
    return (
      <Text size="sm" c="dimmed" mt={6} role="status">
        Looking …
      </Text>
    );
  }
  const people = data.find.filter((one) => one.__typename === "Contact");
  const [first, ...others] = people;
  if (first && others.length === 0) return <Navigate to="/people/$id" params={{ id: first.id }} replace />;
  if (people.length > 1) {
    return (
      <List size="sm" mt={6} aria-label={`Who is ${wanted}`}>
        {people.map((one) => (
          <List.Item key={one.id}>
            <AnchorLink to="/people/$id" params={{ id: one.id }}>
              {addressOf(one)} {nameOf(one.traits)}
            </AnchorLink>
          </List.Item>
        ))}
      </List>
    );
  }
  const isUser = data.find.some((one) => one.__typename === "Event" && one.userId === wanted);
  return (
    <>
      <Text size="sm" mt={6} role="status">
        No number is known of “{wanted}”.{" "}
        {isUser ? (
          <AnchorLink to="/events" search={{ userId: wanted }}>
            See their events
          </AnchorLink>
        ) : data.find.length > 0 ? (
          "This is what goes by it:"
        ) : (
          "Is it whole? What came a moment ago may still wait for its turn."
        )}
      </Text>
      {!isUser && <WhatElse found={data.find} wanted={wanted} />}
    </>
  );
}

/** What goes by the text, and is no person. */
function WhatElse({ found, wanted }: { found: readonly Found[]; wanted: string }) {
  if (found.length === 0) return null;
  return (
    <List size="sm" mt={6} listStyleType="none" aria-label={`What goes by ${wanted}`}>
      {found.map((one) => (
        <List.Item key={one.id}>
          <AnchorLink {...whereFound(one)} display="block">
            <FoundOption of={one} />
          </AnchorLink>
        </List.Item>
      ))}
    </List>
  );
}
