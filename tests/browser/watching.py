"""What no page may do, whatever it shows: each test of one ends with nothing of it seen.

It breaks no content security policy, asks nobody but its own server, complains of nothing in the console, holds no secret, and has no
violation of axe's rules in either colour scheme.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
)

from gateway.workspace import Role
from tests.browser.planted import Planted
from tests.integration.system import System

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

ANSWER_MS: Final = 30_000
BROKEN: Final = ("This page broke", "There is no such page")
"""Titles of what no page of those that are there may become."""

_DRAWN: Final = """new Promise((drawn) =>
  requestIdleCallback(() => requestAnimationFrame(() => requestAnimationFrame(drawn)), { timeout: 2000 }))"""
"""What is drawn in pieces is waited for until the page is idle, or two seconds."""
_TELL_VIOLATIONS: Final = """
addEventListener("securitypolicyviolation", (event) =>
  heliographRefused(`${event.violatedDirective}: ${event.blockedURI} (${event.sourceFile ?? ""}:${event.lineNumber})`));
"""
_RUN_OUT: Final = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
}"""
"""A colour that changes from one scheme to the other is neither's meanwhile."""

_READ_COLOURS_ONCE: Final = """() => {
  const { Color } = axe.commons.color;
  const read = Color.prototype.parseString;
  const known = new Map();
  Color.prototype.parseString = function (text) {
    if (!known.has(text)) known.set(text, read.call(new Color(0, 0, 0), text));
    const { r, g, b, alpha } = known.get(text);
    return Object.assign(this, { r, g, b, alpha });
  };
}"""
"""Axe reads the colours of every element anew from their text, which is a third of its time; a page has a few dozen."""

_RUN_AXE: Final = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, nodes }) =>
    [`${id} (${impact})`, ...nodes.slice(0, 5).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`)].join("\\n  "));
}"""
_HOLDS: Final = """async () => {
  const written = (box) => (box.cmTile ?? box.cmView).root.view.state.doc.toString();
  const stored = (name, storage) => Object.entries(storage).map(([key, value]) => [`${name} ${key}`, value]);
  return [
    ["document", document.documentElement.outerHTML],
    ["address", location.href],
    ["history", JSON.stringify(history.state)],
    ["cookies", document.cookie],
    ["databases", JSON.stringify([await indexedDB.databases(), await caches.keys()])],
    ["window name", window.name],
    ...stored("sessionStorage", sessionStorage),
    ...stored("localStorage", localStorage),
    ...Array.from(document.querySelectorAll("input, textarea, select"), (field) => [`field ${field.id}`, field.value]),
    ...Array.from(document.querySelectorAll(".cm-content"), (box) => ["editor", written(box)]),
  ];
}"""
"""A box of code draws what is in sight alone."""

_TOKEN_IS_AT: Final = frozenset({"sessionStorage heliograph:token", "field token"})
"""Where a token may be, alone: where the page keeps the one that it asks with, and in the form that it is typed into."""

_SHOWS_SCHEME: Final = """(scheme) => {
  const shown = document.documentElement.dataset.mantineColorScheme;
  return shown === undefined || shown === scheme;
}"""


@dataclass(frozen=True)
class Bookshop:
    """A gateway over a planted ledger."""

    system: System
    planted: Planted

    @property
    def url(self) -> str:
        return self.system.url


@dataclass
class Watch:
    """A browser that was never used before, of one test. `expected`: parts of what the console may complain of, such as "401"."""

    context: BrowserContext
    shop: Bookshop
    expected: Sequence[str] = ()
    refused: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    under_way: set[Request] = field(default_factory=set)

    def begin(self) -> None:
        self.context.expose_binding("heliographRefused", lambda _, what: self.refused.append(what))
        self.context.add_init_script(_TELL_VIOLATIONS)
        self.context.on("request", self._on_request)
        self.context.on("requestfinished", self._on_end)
        self.context.on("requestfailed", self._on_end)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.shop.url}/", "data:", "blob:")):
            self.foreign.append(request.url)
        if "text/event-stream" not in request.headers.get("accept", ""):
            self.under_way.add(request)

    def _on_end(self, request: Request) -> None:
        self.under_way.discard(request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def signed_in(self, path: str = "/", role: Role = Role.ADMIN) -> Page:
        """A page at that path, opened with the token of that role."""
        page = self.context.new_page()
        self.open(page, path, role)
        return page

    def open(self, page: Page, path: str = "/", role: Role = Role.ADMIN) -> None:
        """Open that path with a link that signs in."""
        page.goto(f"{self.shop.url}{path}#token={self.shop.planted.tokens[role]}")
        page.wait_for_function("() => !location.hash.includes('token')")

    def stands(self, page: Page) -> str:
        """Wait until a page shows what it has to show: what it follows apart, nothing is asked any more. Its one title."""
        title = page.get_by_role("heading", level=1)
        expect(title).to_have_count(1)
        page.evaluate(_DRAWN)
        patience = time.monotonic() + ANSWER_MS / 1000
        while self.under_way:
            if time.monotonic() > patience:
                _hold_none("Nothing was answered", [one.url for one in self.under_way])
            page.evaluate(_DRAWN)  # which lets in what other pages were answered, too
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        words = title.inner_text()
        _hold_none(page.url, [one for one in BROKEN if one == words])
        return words

    def look(self, page: Page) -> None:
        """Hold that the page as it is now has no secret anywhere, but for the token that it asks with where that is to be."""
        tokens = self.shop.planted.tokens.values()
        found = [
            f"{secret} ({place})"
            for place, text in held(page)
            for secret in (*self.shop.planted.canaries, *tokens)
            if secret in text and not (place in _TOKEN_IS_AT and text in tokens)
        ]
        _hold_none(f"{page.url} holds secrets", found)

    def end(self) -> None:
        """Hold that nothing was amiss: ask once the test is over."""
        for page in self.context.pages:
            self.look(page)
        said = [one for one in self.complaints if not any(part in one for part in self.expected)]
        _hold_none("The content security policy refused", self.refused)
        _hold_none("Others were asked", self.foreign)
        _hold_none("The console complained", said)


def held(page: Page) -> list[tuple[str, str]]:
    """All that a page holds, by where: what is written in it, what stands in its fields, what is kept beside it, and where it is."""
    return [(place, text or "") for place, text in page.evaluate(_HOLDS)]


@contextmanager
def watched(browser: Browser, shop: Bookshop, **options: Any) -> Iterator[Watch]:
    """A context of that browser. What was amiss is held at the end, unless the test failed before; `options` are those of a context."""
    context = browser.new_context(
        **{
            "viewport": {"width": 1280, "height": 800},
            "reduced_motion": "reduce",
            "timezone_id": "UTC",
            **options,
        }
    )
    watch = Watch(context, shop)
    watch.begin()
    try:
        yield watch
        watch.end()
    finally:
        context.close()


def axe(page: Page, *, schemes: Sequence[Literal["light", "dark"]] = SCHEMES) -> None:
    """Hold that axe finds nothing in the page as it is now, in each of these schemes."""
    found: list[str] = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(_SHOWS_SCHEME, arg=scheme)
        page.evaluate(_RUN_OUT)
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
            page.evaluate(_READ_COLOURS_ONCE)
        found += (f"{scheme}: {one}" for one in page.evaluate(_RUN_AXE))
    _hold_none(f"axe has rules that {page.url} violates", found)


def _hold_none(what: str, found: Sequence[str]) -> None:
    if found:
        raise AssertionError("\n".join((f"{what}:", *found)))
