"""Measures the operator's page in Chromium: how soon a slow phone can use it, and how soon it answers a hand with many deliveries behind.

    python -m tests.bench.page --rows 100000 --rounds 5

A first load runs with a processor four times as slow and the network that Chromium's tools call Fast 4G, with nothing kept from before. An
interaction is from the hand's event to the next frame that the browser draws (as Interaction to Next Paint counts it), on the machine as it is;
beside it stands how long until what was asked for is there. It informs, and ends with 0 whether the goals are met or not.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from gateway.workspace import Role
from tests.browser.chromium import ARGUMENTS, executable
from tests.browser.planted import kept, serving
from tests.browser.planting import shop

SLOWER: Final = 4
FAST_4G: Final = {
    "offline": False,
    "latency": 165,
    "downloadThroughput": 9_000_000 / 8 * 0.9,
    "uploadThroughput": 1_500_000 / 8 * 0.9,
}
GOAL_LOAD_MS: Final = 2_000
GOAL_BYTES: Final = 350_000
GOAL_INTERACTION_MS: Final = 100

# Usable: its title stands, the way to every other page too, and whatever a hand would press is there.
_USABLE: Final = """() => {
  const there = document.querySelector("h1") && document.querySelector("nav a") && !document.querySelector("main [aria-busy=true]");
  return there ? performance.now() : false;
}"""
_WATCH: Final = """
window.heliographFrames = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.interactionId) window.heliographFrames.push(one.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_DRAWN: Final = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


@dataclass(frozen=True)
class Interaction:
    """What a hand does on a page, and what shows that it is done."""

    name: str
    path: str
    act: Callable[[Page], None]
    done: str
    """A function of the page's own language: true once what was asked for is there."""


def _open_first(page: Page) -> None:
    page.get_by_role("table").get_by_role("link").first.click()


INTERACTIONS: Final = (
    Interaction(
        "open a delivery beside the list",
        "/deliveries",
        _open_first,
        "() => location.search.includes('open=')",
    ),
    Interaction(
        "show more deliveries",
        "/deliveries",
        lambda page: page.get_by_role("button", name="Show more").click(),
        "() => document.querySelectorAll('main tbody tr').length > 30",
    ),
    Interaction(
        "look for a number",
        "/deliveries",
        lambda page: (
            page.get_by_role("combobox", name="Find")
            .or_(page.get_by_role("textbox", name="Find"))
            .first.press("1")
        ),
        "() => true",
    ),
    Interaction(
        "go from the overview to the deliveries",
        "/",
        lambda page: page.get_by_role("navigation").get_by_role("link", name="Deliveries").click(),
        "() => document.querySelectorAll('main tbody tr').length > 0 && !document.querySelector('main [aria-busy=true]')",
    ),
    Interaction(
        "count another span on the overview",
        "/",
        lambda page: page.get_by_text("30 days", exact=True).click(),
        "() => !document.querySelector('main [aria-busy=true]')",
    ),
    Interaction(
        "go to the people",
        "/",
        lambda page: page.get_by_role("navigation").get_by_role("link", name="People").click(),
        "() => document.querySelectorAll('main tbody tr').length > 0 && !document.querySelector('main [aria-busy=true]')",
    ),
)


def first_load(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds until a slow phone can use that page, and the bytes of scripts, styles and fonts that came for it."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", FAST_4G)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def received(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    tools.on("Network.responseReceived", received)
    tools.on("Network.loadingFinished", finished)
    page.goto(address, wait_until="commit")
    took = page.wait_for_function(_USABLE, polling="raf", timeout=60_000).json_value()
    came = sum(size for key, size in sizes.items() if kinds.get(key) in {"Script", "Stylesheet", "Font"})
    context.close()
    return float(took), came


def interacted(browser: Browser, url: str, token: str, one: Interaction) -> tuple[float, float]:
    """Milliseconds to the next frame after it, and until what was asked for is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(f"{url}{one.path}#token={token}")
    page.wait_for_function(_USABLE, polling="raf")
    page.wait_for_load_state("load")
    began = page.evaluate("() => { window.heliographFrames.length = 0; return performance.now(); }")
    one.act(page)
    page.wait_for_function(one.done, polling="raf")
    ended = page.evaluate("() => performance.now()")
    page.evaluate(_DRAWN)
    frames = page.evaluate("() => window.heliographFrames")
    context.close()
    # What was drawn within 16 ms is not told of.
    return max(frames, default=16.0), ended - began


def measured(rows: int, rounds: int, console: Console) -> tuple[Table, Table, str]:
    """The two tables, and the line that sums them up."""
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as made, sync_playwright() as playwright:
        folder = Path(made)
        console.print(f"Planting {rows:,} deliveries, and what belongs to them …")
        ledger = kept(folder, rows)
        browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        token = shop.TOKENS[Role.ADMIN]
        with serving(ledger, folder / "served") as system:
            address = f"{system.url}/#token={token}"
            loads = [
                first_load(browser, address)
                for _ in track(range(rounds), "First loads", console=console, transient=True)
            ]
            answers = {
                one.name: [interacted(browser, system.url, token, one) for _ in range(rounds)]
                for one in track(INTERACTIONS, "Interactions", console=console, transient=True)
            }
        browser.close()
    return told(rows, loads, answers)


def told(
    rows: int, loads: Sequence[tuple[float, float]], answers: dict[str, list[tuple[float, float]]]
) -> tuple[Table, Table, str]:
    """The figures of each round as tables of their medians, and the line."""
    load = statistics.median(took for took, _ in loads)
    came = max(size for _, size in loads)
    first = Table(box=SIMPLE_HEAD, title="First load of the overview, processor 4 times as slow, Fast 4G")
    for name in ("usable after", "at best", "at worst", "scripts, styles and fonts"):
        first.add_column(name, justify="right")
    times = [took for took, _ in loads]
    first.add_row(
        f"{load:,.0f} ms", f"{min(times):,.0f} ms", f"{max(times):,.0f} ms", f"{came / 1000:,.0f} KB"
    )
    table = Table(box=SIMPLE_HEAD, title=f"Interactions with {rows:,} deliveries behind")
    table.add_column("what a hand does")
    for name in ("next frame after", "at worst", "there after"):
        table.add_column(name, justify="right")
    slowest = 0.0
    for name, found in answers.items():
        frame = statistics.median(frame for frame, _ in found)
        slowest = max(slowest, frame)
        worst = max(frame for frame, _ in found)
        there = statistics.median(there for _, there in found)
        table.add_row(name, f"{frame:,.0f} ms", f"{worst:,.0f} ms", f"{there:,.0f} ms")
    met = sum((load <= GOAL_LOAD_MS, came <= GOAL_BYTES, slowest <= GOAL_INTERACTION_MS))
    line = (
        f"page: usable after {load:,.0f} ms (<= {GOAL_LOAD_MS}), first load {came / 1000:,.0f} KB (<= {GOAL_BYTES // 1000}), "
        f"interaction {slowest:,.0f} ms (<= {GOAL_INTERACTION_MS}): {met}/3 goals"
    )
    return first, table, line


def main() -> None:
    """Measure, and print the tables and the line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    console = Console()
    first, table, line = measured(given.rows, given.rounds, console)
    console.print(first, table, line)


if __name__ == "__main__":
    main()
