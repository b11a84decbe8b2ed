import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

import { Empty } from "../../parts/Empty.tsx";
import { LiveMark } from "../../parts/LiveMark.tsx";
import { LongList } from "../../parts/LongList.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { Page } from "../../parts/Page.tsx";
import { RowPanel } from "../../parts/RowPanel.tsx";
import { useScrolled } from "../../parts/useScrolled.ts";
import { several } from "../../parts/words.ts";
import { COLUMNS } from "./EventColumns.tsx";
import { EventWhole } from "./EventWhole.tsx";
import { Filters } from "./Filters.tsx";
import { type EventSearch, isNarrowed, listSearch, needsPeriod, openSearch } from "./search.ts";
import { type Row, useEventRows } from "./useEventRows.ts";

/** Every event that came, as it comes, and what came of it. */
export function Events() {
  // What else an address has is handed on by the router as it stands. Opening one leaves all that is about the list as it is.
  const search = useSearch({ from: "/events", select: listSearch, structuralSharing: true });
  const open = useSearch({ from: "/events", select: openSearch });
  const navigate = useNavigate({ from: "/events" });
  const isScrolled = useScrolled();
  const list = useEventRows(search, isScrolled || open !== undefined);

  const go = useCallback((to: EventSearch) => void navigate({ search: to, resetScroll: false }), [navigate]);
  const narrow = useCallback((changed: Partial<EventSearch>) => go({ ...search, ...changed }), [go, search]);
  const clear = useCallback(() => go({}), [go]);
  const toRow = useCallback(
    (row: Row) => ({ to: "/events", search: { ...search, open: row.id }, resetScroll: false }) as const,
    [search],
  );

  return (
    <Page title="Events" beside={<LiveMark state={list.liveState} />}>
      <Filters search={search} onChange={narrow} onClear={clear} />
      <LongList
        label="Events"
        counted={counted}
        isNarrowed={isNarrowed(search)}
        list={list}
        columns={COLUMNS}
        to={toRow}
        open={open}
        period={search}
        onPeriod={narrow}
        isAnyTime={!needsPeriod(search)}
        empty={<NoEvents narrowed={isNarrowed(search)} onClear={clear} />}
      />
      <RowPanel
        name="Event"
        id={open}
        page={{ to: "/events/$id", params: { id: open ?? "" } }}
        among={list.rows}
        onOpen={(other) => go({ ...search, open: other })}
        onClose={() => go(search)}
      >
        {(shown) => <EventWhole key={shown} id={shown} />}
      </RowPanel>
    </Page>
  );
}

const counted = (total: number | null): string =>
  total === null ? "More than 10,000 events" : several(total, "event");

function NoEvents({ narrowed, onClear }: { narrowed: boolean; onClear: () => void }) {
  if (narrowed) {
    return (
      <Empty
        title="No event passes these filters"
        action={<Button onClick={onClear}>Clear all filters</Button>}
      >
        Remove one of them, or choose a longer period.
      </Empty>
    );
  }
  return (
    <Empty title="No event came yet" action={<ButtonLink to="/settings/sources">See the sources</ButtonLink>}>
      An application or a site sends events with the write key of its source. They appear here as they come.
    </Empty>
  );
}
