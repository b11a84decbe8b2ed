import { List, Title } from "@mantine/core";

/** What a file may say, and what becomes of a row. */
export function AboutEvidence() {
  return (
    <aside aria-labelledby="about-evidence">
      <Title order={2} size="h5" id="about-evidence" mb={6}>
        What a file says
      </Title>
      <List size="sm" spacing={6}>
        <List.Item>
          Of your own it has the columns <code>phone</code>, <code>channel</code> and <code>status</code>, and{" "}
          <code>at</code>: when it was said. Exports of Segment, Customer.io, Braze and Klaviyo are known by
          their columns.
        </List.Item>
        <List.Item>
          Evidence shows that somebody agreed, and is kept with their word: <code>method</code> (how it was
          said), <code>wordingVersion</code> (which wording they saw), <code>url</code>, <code>ip</code> and{" "}
          <code>note</code>.
        </List.Item>
        <List.Item>
          The newest word counts. A yes without a time is the oldest there is; a no without one is said now.
        </List.Item>
        <List.Item>Who wrote STOP stays stopped: no file lifts that.</List.Item>
        <List.Item>
          What is unclear is refused, and never a yes. The same file again changes nothing.
        </List.Item>
      </List>
    </aside>
  );
}
