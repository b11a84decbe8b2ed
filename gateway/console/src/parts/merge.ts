/** A list that is read page by page, the newest first. */
export type Feed<Item> = { items: readonly Item[]; hasMore: boolean };

/**
 * Lists that are each the newest first, as one. It ends before the first item of which is not known yet that nothing
 * comes before it: `awaits` is the list of which more has to be read to go on, null where all that there is is there.
 */
export function merged<Item>(
  feeds: readonly Feed<Item>[],
  at: (item: Item) => string,
): { items: Item[]; awaits: number | null } {
  const items: Item[] = [];
  const places = feeds.map(() => 0);
  for (;;) {
    let newest: { item: Item; feed: number } | null = null;
    for (const [feed, { items: some, hasMore }] of feeds.entries()) {
      const item = some[places[feed] ?? 0];
      if (item === undefined && hasMore) return { items, awaits: feed };
      if (item !== undefined && (newest === null || at(item) > at(newest.item))) newest = { item, feed };
    }
    if (newest === null) return { items, awaits: null };
    items.push(newest.item);
    places[newest.feed] = (places[newest.feed] ?? 0) + 1;
  }
}
