import { Button, Group, List, Text, Title } from "@mantine/core";
import { resultOf } from "../../../parts/jobs/jobInWords.ts";
import type { JobPartsFragment } from "../../../parts/jobs/jobs.graphql.ts";
import { AnchorLink } from "../../../parts/links.tsx";

type Thing = { kind: string; id: string | null; name: string; why?: string | null };

/** What was made, what was left, and what is to be done next. */
export function Made({ job, onAgain }: { job: JobPartsFragment; onAgain: () => void }) {
  const result = resultOf(job) as { made?: Thing[]; unchanged?: Thing[]; left?: Thing[] };
  const made = result.made ?? [];
  const account = made.find(({ kind }) => kind === "destination");
  return (
    <>
      <div role="status">
        <Things title="Made" things={made} />
        <Things title="Unchanged" things={result.unchanged ?? []} />
        <Things title="Left as it is" things={(result.left ?? []).filter(({ id }) => id !== null)} />
      </div>
      <Title order={2} size="h4" mt="lg" mb="xs">
        Next
      </Title>
      <List size="sm" type="ordered" spacing={4}>
        {account?.id && (
          <List.Item>
            <ToThing thing={account} label={`Verify ${account.name}`} />: it sends nothing before.
          </List.Item>
        )}
        <List.Item>
          Connect a{" "}
          <AnchorLink size="sm" underline="always" to="/settings/sources">
            source
          </AnchorLink>{" "}
          to it, and have Segment send its events on: the source's snippet for Segment says how.
        </List.Item>
        <List.Item>
          <AnchorLink size="sm" underline="always" to="/consent-import">
            Bring consent along
          </AnchorLink>
          .
        </List.Item>
        <List.Item>
          Switch the destination off at Segment once texts go out here: until then people get both.
        </List.Item>
      </List>
      <Group mt="md">
        <Button variant="default" onClick={onAgain}>
          Import another export
        </Button>
      </Group>
    </>
  );
}

const NAMES: Record<string, string> = { destination: "account" };

function Things({ title, things }: { title: string; things: Thing[] }) {
  if (things.length === 0) return null;
  return (
    <section aria-label={title}>
      <Title order={2} size="h4" mt="md" mb="xs">
        {title}
      </Title>
      <List size="sm" spacing={4}>
        {things.map((thing) => (
          <List.Item key={`${thing.kind} ${thing.id} ${thing.name}`}>
            <ToThing thing={thing} label={`${NAMES[thing.kind] ?? thing.kind} ${thing.name}`} />
            {thing.why && (
              <Text span size="sm" c="dimmed">
                {" "}
                – {thing.why}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
    </section>
  );
}

function ToThing({ thing: { kind, id }, label }: { thing: Thing; label: string }) {
  if (id && kind === "destination") {
    return (
      <AnchorLink size="sm" underline="always" to="/accounts/$id" params={{ id }}>
        {label}
      </AnchorLink>
    );
  }
  if (id && kind === "mapping") {
    return (
      <AnchorLink size="sm" underline="always" to="/mappings/$id" params={{ id }}>
        {label}
      </AnchorLink>
    );
  }
  return <>{label}</>;
}
