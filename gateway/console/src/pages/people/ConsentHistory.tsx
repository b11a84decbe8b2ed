import { Button, Group, Skeleton, Text } from "@mantine/core";

import { useRows } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { counted } from "../../parts/words.ts";
import { Word } from "./Consents.tsx";
import classes from "./Person.module.css";
import { ConsentHistoryDocument } from "./person.graphql.ts";

const PAGE = 25;

/** Every word that was said, on any channel, the newest first by when it was said. */
export function ConsentHistory({ id }: { id: string }) {
  const words = useRows(ConsentHistoryDocument, { id, first: PAGE }, ({ node }) =>
    node?.__typename === "Contact" ? node.consentHistory : null,
  );
  if (words.isPending) return <Skeleton height={120} />;
  if (words.error && words.rows.length === 0) return <Failure of={words.error} />;
  if (words.rows.length === 0) return <Text>Nothing was said yet.</Text>;
  return (
    <>
      <ol className={classes.plain} aria-label="Consent history">
        {words.rows.map((word, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word has no id, and none is ever put between two others
          <li key={place} className={classes.word}>
            <Word of={word} />
          </li>
        ))}
      </ol>
      {words.hasMore && (
        <Group justify="center" mt="sm">
          <Text size="sm" c="dimmed" role="status">
            {counted(words.rows.length)} of {words.total == null ? "many" : counted(words.total)}
          </Text>
          <Button variant="default" size="compact-sm" loading={words.isLoadingMore} onClick={words.more}>
            Show more
          </Button>
        </Group>
      )}
    </>
  );
}
