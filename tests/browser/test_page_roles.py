"""What each role is offered on every page, pressed: nothing of it is more than the role may, and a viewer sees nobody's number."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest
from graphql import FieldNode, OperationDefinitionNode, OperationType, parse
from playwright.sync_api import Page, Route, expect

from gateway.workspace import Role
from tests.browser.pages import PAGES, ids_at
from tests.browser.planting.cast import PEOPLE
from tests.browser.troubles import ENDPOINT
from tests.browser.watching import Bookshop, Watch, held
from tests.gateway.graphql.operations import MUTATIONS

pytestmark = pytest.mark.browser

NOTE_REFUSALS: Final = """() => {
  const { fetch } = window;
  window.refusals = [];
  window.fetch = async (...asked) => {
    const response = await fetch(...asked);
    if (response.headers.get("Content-Type")?.includes("json")) {
      const { errors = [] } = await response.clone().json();
      const forbidden = errors.filter((error) => error.extensions?.code === "FORBIDDEN");
      window.refusals.push(...forbidden.map((error) => error.message));
    }
    return response;
  };
}"""

ORDER: Final = (Role.VIEWER, Role.READER, Role.OPERATOR, Role.ADMIN)
MOST_PRESSED: Final = 60
OFFERED: Final[Mapping[Role, set[str]]] = {
    Role.VIEWER: set(),
    Role.READER: set(),
    Role.OPERATOR: {
        "backtest",
        "consentUpdate",
        "deliveriesReplay",
        "deliveryReplay",
        "mappingDelete",
        "mappingUpdate",
        "sendingPause",
        "webhookTest",
    },
}
"""What each role is offered at least, so that a page that offers nothing proves nothing; no role is above ADMIN."""


# What was pressed once in a window is not pressed again there, however many rows have the like.
PRESS: Final = """(pressed) => {
  const windows = [...document.querySelectorAll("[role=dialog]")].filter((one) => one.checkVisibility());
  const within = windows.at(-1) ?? document.querySelector("main");
  for (const box of within.querySelectorAll("input:not([type=radio], [type=checkbox], [type=file]), textarea")) {
    if (box.value !== "" || box.disabled || box.readOnly || !box.checkVisibility()) continue;
    const prototype = box.tagName === "INPUT" ? HTMLInputElement : HTMLTextAreaElement;
    const text = { time: "10:00", "datetime-local": "2026-01-01T10:00" }[box.type] ?? "x1";
    Object.getOwnPropertyDescriptor(prototype.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const box of within.querySelectorAll("[role=dialog] input[type=checkbox]:not(:checked)")) box.click();
  const title = windows.length > 0 ? within.querySelector("h1, h2")?.textContent ?? "" : location.pathname;
  for (const one of within.querySelectorAll("button, [role=menuitem]")) {
    const name = (one.getAttribute("aria-label") ?? one.textContent).trim();
    const key = `${title.split(" ")[0]}: ${name.split(" ")[0]}${one.closest("[role=tabpanel]")?.id ?? ""}`;
    if (name === "" || pressed.includes(key) || one.disabled || !one.checkVisibility()) continue;
    if (["Close", "Not now", "Stay", "Go on writing"].includes(name)) continue;
    one.click();
    return key;
  }
  return null;
}"""


@dataclass
class Pressing:
    """What was pressed on a page, and what changes that would have made."""

    page: Page
    pressed: list[str] = field(default_factory=list)
    changes: set[str] = field(default_factory=set)

    def on_route(self, route: Route) -> None:
        """A change is written down and not made."""
        asked = json.loads(route.request.post_data or "{}")
        names = [
            node.name.value
            for one in parse(asked["query"]).definitions
            if isinstance(one, OperationDefinitionNode) and one.operation is OperationType.MUTATION
            for node in one.selection_set.selections
            if isinstance(node, FieldNode)
        ]
        if not names:
            route.fallback()
            return
        self.changes.update(names)
        refused = {"__typename": "InputError", "message": "Not now.", "code": "INVALID", "path": []}
        route.fulfill(json={"data": {name: {"errors": [refused]} for name in names}})

    def press_all(self, watch: Watch) -> None:
        """Everything that is offered here, and in the windows that it opens."""
        for _ in range(MOST_PRESSED):
            found = self.page.evaluate(PRESS, self.pressed)
            if found is not None:
                self.pressed.append(found)
            elif count := self.page.locator("[role=dialog]:visible").count():
                self.page.keyboard.press("Escape")
                expect(self.page.locator("[role=dialog]:visible")).to_have_count(count - 1)
            else:
                return
            watch.stands(self.page)
        raise AssertionError(f"There is no end to what can be pressed: {self.pressed}")


@pytest.mark.parametrize("role", OFFERED, ids=lambda role: role.value.lower())
def test_nothing_is_offered_that_the_role_may_not_do(watch: Watch, role: Role) -> None:
    shop = watch.shop
    page = watch.signed_in("/", role)
    page.evaluate(NOTE_REFUSALS)
    offered = Pressing(page)
    page.route(ENDPOINT, offered.on_route)
    ids = ids_at(shop.url, shop.planted.tokens[role])
    for address in (*(one.address(ids) for one in PAGES), *windows(shop)):
        page.evaluate("(address) => history.pushState(null, '', address)", address)
        watch.stands(page)
        offered.press_all(watch)
        if role is Role.VIEWER:
            assert numbers_in(page) == []
    may = ORDER[: ORDER.index(role) + 1]
    assert {name for name in offered.changes if MUTATIONS[name].least not in may} == set()
    assert offered.changes >= OFFERED[role]
    assert page.evaluate("window.refusals") == []


def windows(shop: Bookshop) -> Iterator[str]:
    """Where there is more than a page has at first, and no button leads there."""
    yield f"/deliveries/{suppressed(shop)}"
    yield "/settings/sources?open=new"
    yield f"/settings/sources?open={shop.planted.ids['Shop server']}"
    for tab in ("settings", "keys", "templates", "policy", "sources", "webhooks"):
        yield f"/accounts/{shop.planted.ids['Bookshop US']}?tab={tab}"


def suppressed(shop: Bookshop) -> str:
    """The newest delivery that can be replayed. The newest of all may wait for the morning, by the hour at which it was planted."""
    found = shop.system.ask(
        """{ deliveries(first: 50, filter: {status: [SUPPRESSED]}) {
               edges { node { id test mapping { deletedAt } event { payloadRemovedAt } } } } }"""
    )
    kept, there = {"payloadRemovedAt": None}, {"deletedAt": None}
    nodes = (edge["node"] for edge in found["deliveries"]["edges"])
    return next(
        str(one["id"])
        for one in nodes
        if not one["test"] and one["mapping"] == there and one["event"] == kept
    )


def numbers_in(page: Page) -> list[str]:
    """Whose whole number the page holds, in whichever notation."""
    words = "\n".join(text for _, text in held(page))
    return [one.phone for one in PEOPLE if re.search(r"[ ().-]*".join(one.phone[2:]), words)]
