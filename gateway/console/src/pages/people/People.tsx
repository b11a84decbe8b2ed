import { Button, Group, Select, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { useRows } from "../../api/queries.ts";
import type { ConsentStatus } from "../../api/schema.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { addressOf, nameOf } from "../../parts/naming.ts";
import { Page } from "../../parts/Page.tsx";
import { When } from "../../parts/When.tsx";
import { spelled } from "../../parts/words.ts";
import { ConsentTags } from "./ConsentTags.tsx";
import { LookUp } from "./LookUp.tsx";
import classes from "./Person.module.css";
import { PeopleDocument, type PeopleQuery } from "./people.graphql.ts";

const PAGE = 25;
const CHOICES: ConsentStatus[] = ["SUBSCRIBED", "UNSUBSCRIBED", "PENDING", "UNKNOWN"];

const ALL = { value: "ALL", label: "All" };

type Contact = PeopleQuery["contacts"]["edges"][number]["node"];

const COLUMNS: readonly Column<Contact>[] = [
  {
    name: "Number",
    of: (contact) => (
      <>
        <span className={classes.address}>{addressOf(contact)}</span>
        <Text size="sm" c="dimmed" fw={400} hiddenFrom="sm">
          {nameOf(contact.traits)}
        </Text>
      </>
    ),
  },
  { name: "Name", wide: true, of: ({ traits }) => nameOf(traits) ?? <Quiet>–</Quiet> },
  {
    name: "userId",
    wide: true,
    width: 120,
    of: ({ userIds }) => (userIds.length > 0 ? <UserIds of={userIds} /> : <Quiet>none</Quiet>),
  },
  { name: "Consent", width: 320, of: ({ consents }) => <ConsentTags consents={consents} /> },
  {
    name: "Last wrote",
    wide: true,
    align: "right",
    width: 112,
    of: ({ lastInboundAt }) => (lastInboundAt ? <When at={lastInboundAt} ago /> : <Quiet>never</Quiet>),
  },
  {
    name: "First heard of",
    wide: true,
    align: "right",
    width: 136,
    of: ({ createdAt }) => <When at={createdAt} ago />,
  },
];

function Quiet({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" component="span">
      {children}
    </Text>
  );
}

/** The first of them; of a number that many share, how many more. */
function UserIds({ of: [first, ...others] }: { of: readonly string[] }) {
  return (
    <span className={classes.ids}>
      {first}
      {others.length > 0 && ` and ${others.length} more`}
    </span>
  );
}

const route = getRouteApi("/people");

/** The numbers that events, consent or messages were about, and the way to one of them. */
export function People() {
  const { consent, find } = route.useSearch();
  const navigate = route.useNavigate();
  const people = useRows(PeopleDocument, { first: PAGE, consent }, (answer) => answer.contacts);

  return (
    <Page title="People">
      <Group align="flex-start" gap="md" mb="md">
        <LookUp
          key={find}
          wanted={find ?? ""}
          onWanted={(text) =>
            navigate({ search: (now) => ({ ...now, find: text || undefined }), replace: true })
          }
        />
        <Select
          label="Consent"
          data={[ALL, ...CHOICES.map((value) => ({ value, label: spelled(value) }))]}
          value={consent ?? ALL.value}
          allowDeselect={false}
          onChange={(value) =>
            navigate({ search: (now) => ({ ...now, consent: CHOICES.find((one) => one === value) }) })
          }
          w={170}
        />
      </Group>
      <DataTable
        label="People"
        columns={COLUMNS}
        rows={people.rows}
        keyOf={(contact) => contact.id}
        to={(contact) => ({ to: "/people/$id", params: { id: contact.id } })}
        isPending={people.isPending}
        isStale={people.isStale}
        error={people.error}
        total={consent ? undefined : people.total}
        hasMore={people.hasMore}
        isLoadingMore={people.isLoadingMore}
        more={people.more}
        empty={<Nobody consent={consent} further={people.hasMore ? people.more : null} />}
      />
    </Page>
  );
}

function Nobody({ consent, further }: { consent?: ConsentStatus; further: (() => void) | null }) {
  if (further) {
    return (
      <Empty
        title={`None of those looked at so far is ${consent ? spelled(consent).toLowerCase() : "of them"}`}
        action={
          <Button variant="default" onClick={further}>
            Look further
          </Button>
        }
      >
        Consent is worked out from what was said, for up to 10,000 people at a time.
      </Empty>
    );
  }
  if (consent) return <Empty title={`Nobody is ${spelled(consent).toLowerCase()}`} />;
  return (
    <Empty
      title="Nobody is known yet"
      action={
        <ButtonLink variant="default" to="/settings/sources">
          See the sources
        </ButtonLink>
      }
    >
      A person is here once an event, a consent or a message gives their number. Send an identify with the
      trait <code>phone</code>.
    </Empty>
  );
}
