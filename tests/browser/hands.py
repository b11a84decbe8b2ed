"""The two ways in which a person works a page: with a mouse, and with nothing but a keyboard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from playwright.sync_api import Locator, Page, expect

MOST_TABS: Final = 400
"""So often the Tab key is pressed before what is looked for counts as not to be reached."""

MOST_ARROWS: Final = 60

_HAS_FOCUS: Final = "(element) => element.isConnected ? element === document.activeElement : null"
"""Null of what was drawn anew meanwhile."""

_ROLE: Final = """(element) => element.getAttribute("role") ?? (
  element.tagName === "INPUT" ? element.type : element.tagName.toLowerCase())"""
_MOVED_WITHIN: Final = {"tab": "ArrowRight", "radio": "ArrowDown", "menuitem": "ArrowDown"}
"""What is one stop of the Tab key among others of its kind, and the key that goes on among them."""


class Hand(Protocol):
    """Works one page."""

    @property
    def page(self) -> Page: ...

    def press(self, what: Locator) -> None:
        """A button, a link, a box to tick, a tab."""

    def write(self, where: Locator, text: str) -> None:
        """A text in place of what stands in that field."""

    def choose(self, where: Locator, option: str) -> None:
        """One of the options of a list to choose from."""


@dataclass(frozen=True)
class Mouse:
    """Points and clicks; types only what is to be typed."""

    page: Page

    def press(self, what: Locator) -> None:
        # The circle of a radio button may not be drawn: then its words are what one points at.
        if what.evaluate(_ROLE) == "radio":
            what = self.page.locator(f"label[for='{what.get_attribute('id')}']").first
        what.click()

    def write(self, where: Locator, text: str) -> None:
        where.click()
        where.fill(text)

    def choose(self, where: Locator, option: str) -> None:
        where.click()
        self.page.get_by_role("option", name=option, exact=True).click()


@dataclass(frozen=True)
class Keyboard:
    """Goes from one thing to the next with Tab and arrows, as far as it takes."""

    page: Page

    def press(self, what: Locator) -> None:
        role = self._reach(what)
        # Arrows choose a tab and a radio button by themselves.
        if role in {"checkbox", "switch"}:
            self.page.keyboard.press("Space")
        elif role not in {"tab", "radio"}:
            self.page.keyboard.press("Enter")

    def write(self, where: Locator, text: str) -> None:
        self._reach(where)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def choose(self, where: Locator, option: str) -> None:
        self._reach(where)
        self.page.keyboard.press("ArrowDown")
        wanted = self.page.get_by_role("option", name=option, exact=True)
        expect(wanted).to_be_visible()
        for _ in range(MOST_ARROWS):
            if wanted.evaluate("(element) => element.hasAttribute('data-combobox-selected')"):
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"No arrow key leads to the option {option}")

    def _reach(self, what: Locator) -> str:
        """Move the focus there. Its role."""
        expect(what).to_be_enabled()
        role: str = what.evaluate(_ROLE)
        arrow = _MOVED_WITHIN.get(role)
        focus = _Focus(what)
        if arrow is not None:
            group = what.locator(
                "xpath=ancestor::*[@role='tablist' or @role='radiogroup' or @role='menu'][1]"
            )
            if role != "menuitem":
                self._tab_until(
                    lambda: bool(group.evaluate("(group) => group.contains(document.activeElement)")), what
                )
            for _ in range(MOST_ARROWS):
                if focus.is_there():
                    return role
                self.page.keyboard.press(arrow)
            raise AssertionError(f"No arrow key leads to {what}")
        self._tab_until(focus.is_there, what)
        return role

    def _tab_until(self, reached: Callable[[], bool], what: Locator) -> None:
        for _ in range(MOST_TABS):
            if reached():
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The Tab key does not lead to {what}")


class _Focus:
    """Whether something has it. It is looked for once and not again for each key, which takes longer than the key; what is drawn anew is."""

    def __init__(self, what: Locator) -> None:
        self._what = what
        self._element = what.element_handle()

    def is_there(self) -> bool:
        there = self._element.evaluate(_HAS_FOCUS)
        if there is None:
            self._element = self._what.element_handle()
            there = self._element.evaluate(_HAS_FOCUS)
        return bool(there)
