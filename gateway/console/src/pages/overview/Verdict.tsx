import { useAnswer } from "../../api/queries.ts";
import { Tag } from "../../parts/Tag.tsx";
import { several } from "../../parts/words.ts";
import { ALERTS_EVERY_MS } from "./Alerts.tsx";
import { AlertsDocument } from "./overview.graphql.ts";

/** In one look: whether anything is wrong. */
export function Verdict() {
  const found = useAnswer(AlertsDocument, {}, { refetchInterval: ALERTS_EVERY_MS }).data?.alerts;
  if (!found) return null;
  const errors = found.edges.filter(({ node }) => node.severity === "ERROR").length;
  const all = found.totalCount ?? found.edges.length;
  if (all === 0) return <Tag tone="green">Nothing is wrong</Tag>;
  return (
    <a href="#alerts" style={{ textDecoration: "none" }}>
      {errors > 0 ? (
        <Tag tone="red">
          {several(errors, "thing is wrong", "things are wrong")}
          {all > errors && `, ${all - errors} more to look at`}
        </Tag>
      ) : (
        <Tag tone="amber">{several(all, "thing to look at", "things to look at")}</Tag>
      )}
    </a>
  );
}
