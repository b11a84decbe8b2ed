/** Of the tab that is open: on a phone not all of them fit beside each other. */
export const inSight = (tab: HTMLElement | null) =>
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
