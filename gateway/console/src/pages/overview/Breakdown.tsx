import { Tabs, Text } from "@mantine/core";
import { useState } from "react";

import { useAnswer } from "../../api/queries.ts";
import type { StatsDimension } from "../../api/schema.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { AnchorLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { counted, isMasked } from "../../parts/words.ts";
import { type Counts, countsOf, MOST_OF_BREAKDOWN } from "./counts.ts";
import type { Days } from "./days.ts";
import { toDeliveries } from "./leads.ts";
import { CountsByDocument, type CountsByQuery } from "./overview.graphql.ts";
import { COUNTED_EVERY_MS } from "./Texts.tsx";

const TABS = [
  { by: "MAPPING", name: "Mapping" },
  { by: "SENDER", name: "Sender" },
  { by: "COUNTRY", name: "Country" },
] as const satisfies { by: StatsDimension; name: string }[];

type Tab = (typeof TABS)[number];
type Row = CountsByQuery["statsBy"]["edges"][number]["node"];

const countries = new Intl.DisplayNames("en", { type: "region" });

const NUMBERS: { key: keyof Counts; name: string; wide?: boolean }[] = [
  { key: "sent", name: "Sent" },
  { key: "delivered", name: "Delivered", wide: true },
  { key: "failed", name: "Failed" },
  { key: "suppressed", name: "Suppressed" },
  { key: "waiting", name: "Waiting", wide: true },
];

/** The same texts by what they have in common. */
export function Breakdown({ days }: { days: Days }) {
  const [by, setBy] = useState<string>("MAPPING");
  return (
    <Panel title="By mapping, sender or country">
      <Tabs value={by} onChange={(value) => setBy(value ?? "MAPPING")} keepMounted={false}>
        <Tabs.List mb="xs">
          {TABS.map((tab) => (
            <Tabs.Tab key={tab.by} value={tab.by}>
              {tab.name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map((tab) => (
          <Tabs.Panel key={tab.by} value={tab.by}>
            <Rows tab={tab} days={days} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Panel>
  );
}

function Rows({ tab, days: { range } }: { tab: Tab; days: Days }) {
  const { data, error, isPending, isPlaceholderData } = useAnswer(
    CountsByDocument,
    { range, by: tab.by, first: MOST_OF_BREAKDOWN },
    { refetchInterval: COUNTED_EVERY_MS },
  );
  const isOther = isPending || isPlaceholderData;
  const columns: Column<Row>[] = [
    { name: tab.name, width: "26%", of: (row) => nameOf(tab, row) },
    ...NUMBERS.map(({ key, name, wide }) => ({
      name,
      wide,
      align: "right" as const,
      of: ({ point }: Row) => counted(countsOf(point)[key]),
    })),
    { name: "Segments", wide: true, align: "right", of: ({ point }) => counted(point.segments) },
    { name: "Price", align: "right", of: ({ point }) => point.price ?? "–" },
  ];
  const rest = (data?.statsBy.totalCount ?? 0) - MOST_OF_BREAKDOWN;
  return (
    <>
      <DataTable
        label={`Texts by ${tab.name.toLowerCase()}`}
        columns={columns}
        rows={isOther ? [] : (data?.statsBy.edges ?? []).map(({ node }) => node)}
        keyOf={({ key }, place) => (isMasked(key) ? `${key} ${place}` : key)}
        to={(row) => toDeliveries({ ...askedFor(tab, row), ...range })}
        isPending={isOther}
        error={error}
        empty={
          <Text size="sm" c="dimmed">
            No text was to go out in these days.
          </Text>
        }
      />
      {!isOther && rest > 0 && (
        <Text size="sm" c="dimmed" mt={6}>
          And {counted(rest)} more with fewer texts, among{" "}
          <AnchorLink {...toDeliveries(range)} size="sm" underline="always">
            the deliveries
          </AnchorLink>
          .
        </Text>
      )}
    </>
  );
}

function nameOf({ by }: Tab, { key, name }: Row): string {
  if (key === "") return by === "COUNTRY" ? "No country found" : "No sender chosen";
  if (by === "COUNTRY") return countries.of(key) ?? key;
  return name ?? key;
}

// What has no sender or country, or one that is masked, can't be asked for by it: its row leads to all of those days.
function askedFor({ by }: Tab, { key }: Row) {
  if (key === "" || isMasked(key)) return {};
  return { MAPPING: { mappingId: key }, SENDER: { sender: key }, COUNTRY: { country: key } }[by];
}
