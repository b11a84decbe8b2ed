import { Button } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

import { Empty } from "../../parts/Empty.tsx";
import { LiveMark } from "../../parts/LiveMark.tsx";
import { LongList } from "../../parts/LongList.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { Page } from "../../parts/Page.tsx";
import { useScrolled } from "../../parts/useScrolled.ts";
import { several } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { Chips } from "./Chips.tsx";
import { COLUMNS } from "./DeliveryColumns.tsx";
import { DeliveryPanel } from "./DeliveryPanel.tsx";
import { ExportCsv } from "./ExportCsv.tsx";
import { Filters } from "./Filters.tsx";
import { ReplayMany } from "./ReplayMany.tsx";
import type { Row } from "./rows.ts";
import { type DeliverySearch, isNarrowed, listSearch, needsPeriod, openSearch } from "./search.ts";
import { useDeliveryRows } from "./useDeliveryRows.ts";

/** Every delivery, as it happens. */
export function Deliveries() {
  // What else an address has is handed on by the router as it stands. Opening one leaves all that is about the list as it is.
  const search = useSearch({ from: "/deliveries", select: listSearch, structuralSharing: true });
  const open = useSearch({ from: "/deliveries", select: openSearch });
  const navigate = useNavigate({ from: "/deliveries" });
  const isScrolled = useScrolled();
  const mayReplay = useMay("OPERATOR");
  const list = useDeliveryRows(search, isScrolled || open !== undefined);

  const go = useCallback(
    (to: DeliverySearch) => void navigate({ search: to, resetScroll: false }),
    [navigate],
  );
  const narrow = useCallback(
    (changed: Partial<DeliverySearch>) => go({ ...search, ...changed }),
    [go, search],
  );
  const clear = useCallback(() => go({}), [go]);
  const toRow = useCallback(
    (row: Row) => ({ to: "/deliveries", search: { ...search, open: row.id }, resetScroll: false }) as const,
    [search],
  );

  return (
    <Page
      title="Deliveries"
      beside={<LiveMark state={list.liveState} />}
      actions={
        <>
          <ExportCsv filter={list.filter} />
          {mayReplay && <ReplayMany search={search} filter={list.filter} />}
        </>
      }
    >
      <Filters search={search} onChange={narrow} />
      <Chips search={search} onChange={narrow} onClear={clear} />
      <LongList
        label="Deliveries"
        counted={counted}
        isNarrowed={isNarrowed(search)}
        list={list}
        columns={COLUMNS}
        to={toRow}
        open={open}
        period={search}
        onPeriod={narrow}
        isAnyTime={!needsPeriod(search)}
        empty={<NoDeliveries isNarrowed={isNarrowed(search)} onClear={clear} />}
      />
      <DeliveryPanel
        id={open}
        among={list.rows}
        onOpen={(other) => go({ ...search, open: other })}
        onClose={() => go(search)}
      />
    </Page>
  );
}

const counted = (total: number | null): string =>
  total === null ? "More than 10,000 deliveries" : several(total, "delivery", "deliveries");

function NoDeliveries({ isNarrowed: narrowed, onClear }: { isNarrowed: boolean; onClear: () => void }) {
  const mayMap = useMay("OPERATOR");
  if (narrowed) {
    return (
      <Empty
        title="No delivery passes these filters"
        action={<Button onClick={onClear}>Clear all filters</Button>}
      >
        Remove one of them, or choose a longer period.
      </Empty>
    );
  }
  return (
    <Empty
      title="Nothing was sent yet, and nothing was kept back"
      action={mayMap && <ButtonLink to="/mappings/new">Make a mapping</ButtonLink>}
    >
      A delivery is made for each event that a mapping is for, whether a text is sent or not.{" "}
      <Link to="/events">See what came in</Link>.
    </Empty>
  );
}
