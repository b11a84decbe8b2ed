"""Pictures of every page of a gateway that is served, to be looked at.

python -m tests.browser.screens OUT --base http://127.0.0.1:8123 --token hgt_… --only deliveries
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Error, Page, sync_playwright
from rich.console import Console

from tests.browser import chromium
from tests.browser.pages import PAGES, ids_at

WIDTHS: Final = {390: 844, 1280: 800, 2560: 1440}
"""Of a phone, a laptop and a large screen; and how high each is."""

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
QUIET_MS: Final = 5_000
"""How long is waited at most until nothing is loaded any more: a page that follows what happens never ends."""

_HIGHEST: Final = 6_000
"""A picture is no higher, so that it can be looked at."""


def open_signed_in(page: Page, base: str, path: str, token: str) -> None:
    """Sign in by a link, then go to that page, and wait until it stands still."""
    page.goto(f"{base}/#token={token}")
    page.wait_for_function("() => !location.hash.includes('token=')")
    if path != "/":
        page.goto(f"{base}{path}")
    stand_still(page)


def stand_still(page: Page) -> None:
    """Until fonts are there, nothing says that it is busy, and two looks find the same."""
    try:
        page.wait_for_load_state("networkidle", timeout=QUIET_MS)
        page.wait_for_function(
            "() => document.fonts.status === 'loaded' && !document.querySelector('[aria-busy=true]')",
            timeout=QUIET_MS,
        )
    except Error as error:
        Console(stderr=True).print(f"{page.url} is not still: {error.message.splitlines()[0]}", markup=False)


def take(
    browser: Browser, out: Path, base: str, token: str, only: Sequence[str], widths: Sequence[int]
) -> int:
    """A picture of each page at each width in each scheme; how many."""
    ids, taken = ids_at(base, token), 0
    for width in widths:
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": WIDTHS[width]},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(f"{base}/#token={token}")
            for one in PAGES:
                path = one.address(ids)
                if path is None or (only and not any(one.name.startswith(name) for name in only)):
                    continue
                page.goto(f"{base}{path}")
                stand_still(page)
                file = out / f"{one.name}-{width}-{scheme}.png"
                height = page.evaluate("document.documentElement.scrollHeight")
                clip = {"x": 0, "y": 0, "width": width, "height": min(height, _HIGHEST)}
                page.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]  # a FloatRect
                taken += 1
            context.close()
    return taken


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screens", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    parser.add_argument("--base", required=True, help="the address of the gateway")
    parser.add_argument("--token", required=True, help="who signs in")
    names = ", ".join(one.name for one in PAGES)
    parser.add_argument("--only", action="append", default=[], help=f"what names begin with, of {names}")
    parser.add_argument("--width", action="append", type=int, choices=list(WIDTHS), help="only this width")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=list(chromium.ARGUMENTS)
        )
        taken = take(
            browser, given.out, given.base.rstrip("/"), given.token, given.only, given.width or list(WIDTHS)
        )
        browser.close()
    Console().print(f"{taken} pictures in {given.out}, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
