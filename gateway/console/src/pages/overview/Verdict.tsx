import { useAnswer } from "../../api/queries.ts";
import { Tag } from "../../parts/Tag.tsx";
import { ALERTS_EVERY_MS } from "./Alerts.tsx";
import { verdictOf } from "./alerts.ts";
import { AlertsDocument } from "./overview.graphql.ts";

/** In one look: whether anything is wrong. */
export function Verdict() {
  const found = useAnswer(AlertsDocument, {}, { refetchInterval: ALERTS_EVERY_MS }).data?.alerts;
  if (!found) return null;
  const read = found.edges.map(({ node }) => node);
  const count = found.totalCount ?? read.length;
  const { tone, words } = verdictOf(read, count);
  if (count === 0) return <Tag tone={tone}>{words}</Tag>;
  return (
    <a href="#alerts" style={{ textDecoration: "none" }}>
      <Tag tone={tone}>{words}</Tag>
    </a>
  );
}
