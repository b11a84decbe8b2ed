import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import mark from "../heliograph.svg";
import { ConnectionLost } from "./ConnectionLost.tsx";
import { FindBox } from "./FindBox.tsx";
import classes from "./Frame.module.css";
import { Navigation } from "./Navigation.tsx";
import { SpacePaused } from "./SpacePaused.tsx";
import { ViewerMenu } from "./ViewerMenu.tsx";

/** What surrounds every page: where one can go, the search, who is signed in, and what concerns everything. */
export function Frame() {
  const [open, { toggle, close }] = useDisclosure(false);
  const place = useRouterState({ select: (state) => state.location.pathname });

  useFocusOnPage();

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever chose a place on a phone wants to see it
  useEffect(close, [place]);

  return (
    <AppShell
      header={{ height: 54 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !open } }}
      padding={0}
      transitionDuration={0}
    >
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger
            opened={open}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            miw={36}
            mih={36}
            aria-label="Menu"
            aria-expanded={open}
          />
          <Link to="/" className={classes.brand} aria-label="Heliograph">
            <img src={mark} alt="" width="24" height="24" />
            <span className={classes.name}>Heliograph</span>
          </Link>
          <FindBox />
          <ViewerMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.places}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} aria-labelledby="page-title" className={classes.main}>
        <ConnectionLost />
        <SpacePaused />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

/** What a page's address says it is about: as much of it as makes it another page, though at the same place. */
function pageOf({ pathname, search }: { pathname: string; search: { job?: string; made?: string } }): string {
  return [pathname, search.job ?? "", search.made ?? ""].join(" ");
}

const isTypedInto = (element: Element | null): boolean =>
  element instanceof HTMLInputElement && element.type === "text" && element.value !== "";

/** Whoever went to another page is on it, unless they search for the next one by now: the focus goes there, and a screen reader says its title. */
function useFocusOnPage() {
  const shown = useRouterState({
    select: ({ resolvedLocation }) => resolvedLocation && pageOf(resolvedLocation),
  });
  const last = useRef(shown);

  useEffect(() => {
    const isFirst = last.current === undefined;
    if (shown === last.current) return;
    last.current = shown;
    const main = document.getElementById("main");
    const focused = document.activeElement;
    if (isFirst || main?.contains(focused) || focused?.closest("[role=dialog]") || isTypedInto(focused))
      return;
    main?.focus({ preventScroll: true });
  }, [shown]);
}
