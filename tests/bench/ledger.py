"""Measures a page of the ledger where there are few Deliveries and where there are many, turn by turn, on SQLite and on PostgreSQL, while
more come in.

The goal is that many cost no more than twice what few cost, at the median and at the 99th percentile of the pages of a kind. It informs,
and ends with 1 only where a page was not what it should be.
"""

import argparse
import asyncio
import itertools
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from gateway.deliveries import Delivery, DeliveryStatus
from gateway.storage import deliveries, delivery_lists
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import open_store
from gateway.storage.pages import Cursor, Page
from tests.bench.ledger_fill import EACH, Ledger, TooLongError, fill, phone
from tests.bench.send_figures import percentile
from tests.bench.verdicts import Verdict
from tests.databases import database, execute
from tests.factories import new_delivery

FEW = 50_000
MANY = 10_000_000
MOST = 20_000_000
PAGES = 1000
SIZE = 25
TIMES = 2.0
"""What a page of many may cost, in pages of few."""
COMING, EACH_SECONDS = 10, 0.1
"""So many Deliveries come into either ledger so often while pages are read."""
MINUTES = 40
"""How long a ledger may take to be filled."""
ROW_BYTES, ROOM = 2_400, 1.5
"""What a Delivery takes with its indexes, and how many times the room of all there must be free: the log takes some, too."""
WIDE = 132


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: what is asked for, given a random place in the ledger."""

    name: str
    ask: Callable[[Ledger, int], tuple[Cursor | None, DeliveryFilter]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds of each page of a kind."""

    engine: str
    kind: str
    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    def grown(self, share: float) -> float:
        """How many times what few cost, at that percentile."""
        return percentile(self.many, share) / percentile(self.few, share)


def _deep(ledger: Ledger, place: int) -> Cursor:
    return Cursor(ledger.moment(place), "")


KINDS = (
    Kind("the newest", lambda _ledger, _place: (None, DeliveryFilter())),
    Kind("anywhere", lambda ledger, place: (_deep(ledger, place), DeliveryFilter())),
    Kind(
        "HELD, anywhere",
        lambda ledger, place: (_deep(ledger, place), DeliveryFilter(status=[DeliveryStatus.HELD])),
    ),
    Kind("of a mapping", lambda ledger, place: (_deep(ledger, place), DeliveryFilter(mapping_id="map_1"))),
    Kind("to a number", lambda _ledger, place: (None, DeliveryFilter(recipient=phone(place)))),
    Kind(
        "of an hour",
        lambda ledger, place: (
            None,
            DeliveryFilter(
                created_from=ledger.moment(place) - timedelta(hours=1), created_to=ledger.moment(place)
            ),
        ),
    ),
)


@asynccontextmanager
async def coming_in(*ledgers: Ledger) -> AsyncIterator[None]:
    """Deliveries come into all of these for as long as the block takes."""

    async def come() -> None:
        for number in itertools.count(1):
            new = [new_delivery(id=f"dlv_new_{number}_{one}", mapping_id="map_0") for one in range(COMING)]
            for ledger in ledgers:
                at = ledger.moment(-number)
                await ledger.store.write(partial(deliveries.add, new=new, now=at))
            await asyncio.sleep(EACH_SECONDS)  # that many a second, however fast they are stored

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        if not coming.done():
            coming.cancel()
        with suppress(asyncio.CancelledError):
            await coming


async def turns(
    few: Ledger, many: Ledger, engine: str, pages: int, chance: random.Random
) -> tuple[list[Figures], list[str]]:
    """Each kind of page in turn of either ledger, and what was wrong with them."""
    found, wrong = [], []
    for kind in KINDS:
        figures = Figures(engine, kind.name)
        for _ in range(pages):
            for ledger, times in ((few, figures.few), (many, figures.many)):
                after, wanted = kind.ask(ledger, chance.randrange(ledger.count // 2))
                query = partial(delivery_lists.page, space="default", first=SIZE, after=after, wanted=wanted)
                began = time.perf_counter()
                page = await ledger.store.read(query)
                times.append(1000 * (time.perf_counter() - began))
                if (said := _amiss(page, after, wanted)) is not None:
                    wrong.append(f"{engine}, {ledger.count:,}, {kind.name}: {said}")
        found.append(figures)
    return found, wrong


def _amiss(page: Page[Delivery], after: Cursor | None, wanted: DeliveryFilter) -> str | None:
    """What is wrong with that page."""
    expected = EACH if wanted.recipient is not None else SIZE
    if len(page.items) != expected:
        return f"{len(page.items)} Deliveries instead of {expected}"
    moments = [one.created_at for one in page.items]
    if moments != sorted(moments, reverse=True) or (after is not None and moments[0] >= after.at):
        return "they are not in their order"
    return None


def verdicts(one: Figures) -> tuple[Verdict, Verdict]:
    """Whether many cost no more than they may."""
    return (
        Verdict(f"p50 ≤ {TIMES:g}x", one.grown(0.5) <= TIMES),
        Verdict(f"p99 ≤ {TIMES:g}x", one.grown(0.99) <= TIMES),
    )


def table(found: Sequence[Figures], few: int, many: int, pages: int) -> Table:
    """The table that is printed."""
    made = Table(
        title=f"{pages:,} pages of {SIZE} Deliveries of each kind, ms", box=SIMPLE_HEAD, pad_edge=False
    )
    made.add_column("page", no_wrap=True)
    for count in (few, many):
        made.add_column(f"p50 / p99 of {count:,}", justify="right", no_wrap=True)
    made.add_column("times, p50 / p99", justify="right", no_wrap=True)
    made.add_column("goal", no_wrap=True)
    for one in found:
        made.add_row(
            f"{one.engine}, {one.kind}",
            *(f"{statistics.median(t):.2f} / {percentile(t, 0.99):.2f}" for t in (one.few, one.many)),
            f"{one.grown(0.5):.2f} / {one.grown(0.99):.2f}",
            "  ".join(f"{'PASS' if verdict.met else 'MISS'} {verdict.text}" for verdict in verdicts(one)),
        )
    return made


async def measure(
    few: int,
    many: int,
    pages: int,
    addresses: Mapping[str, tuple[str, str]],
    tell: Callable[[str], None],
    within: float,
) -> tuple[list[Figures], list[str]]:
    """All pages on each engine, whose two stores are at those addresses, and what was wrong."""
    found: list[Figures] = []
    wrong: list[str] = []
    for engine, pair in addresses.items():
        stores = [await open_store(address) for address in pair]
        try:
            tell(f"{engine}: {few:,} Deliveries, and {many:,}")
            now = datetime.now(UTC)
            ledgers = [
                await fill(store, address, total, now, tell, within)
                for store, address, total in zip(stores, pair, (few, many), strict=True)
            ]
            if engine == "PostgreSQL":
                for address in pair:
                    await execute(address, "VACUUM ANALYZE deliveries")  # as autovacuum does in time
            tell(f"{engine}: {pages:,} pages of each kind")
            async with coming_in(*ledgers):
                figures, amiss = await turns(ledgers[0], ledgers[1], engine, pages, random.Random(11))
            found += figures
            wrong += amiss
        finally:
            for store in stores:
                await store.close()
    return found, wrong


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--rows", type=int, default=MANY, help=f"the many, up to {MOST:,} (2.4 GB a million)"
    )
    arguments.add_argument("--pages", type=int, default=PAGES, help="pages of each kind")
    arguments.add_argument("--engine", choices=("SQLite", "PostgreSQL"), help="on this one alone")
    arguments.add_argument(
        "--minutes", type=float, default=MINUTES, help="how long either may take to be filled"
    )
    given = arguments.parse_args()
    if not FEW < given.rows <= MOST:
        arguments.error(f"--rows is from {FEW + 1:,} to {MOST:,}")
    if given.pages < 1:
        arguments.error("--pages is at least 1")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was made is removed with it
    began, progress = time.monotonic(), Console(stderr=True, highlight=False)

    def tell(what: str) -> None:
        progress.print(f"{time.monotonic() - began:4.0f} s  {what}")

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        needed = ROOM * ROW_BYTES * given.rows * (1 if given.engine else 2)
        if (free := shutil.disk_usage(folder).free) < needed:
            sys.exit(
                f"{free / 1e9:.0f} GB are free, and {given.rows:,} Deliveries take {needed / 1e9:.0f}. Nothing was measured."
            )
        addresses = {"SQLite": (f"sqlite:///{folder}/few.db", f"sqlite:///{folder}/many.db")}
        servers = stack.enter_context(database("few")), stack.enter_context(database("many"))
        if servers[0] is None or servers[1] is None:
            tell("there is no PostgreSQL: it is left out")
        else:
            addresses["PostgreSQL"] = (servers[0], servers[1])
        if given.engine:
            addresses = {name: pair for name, pair in addresses.items() if name == given.engine}
        try:
            found, wrong = asyncio.run(
                measure(FEW, given.rows, given.pages, addresses, tell, 60 * given.minutes)
            )
        except TooLongError as error:
            sys.exit(f"{error} Nothing was measured: give it less ROWS, or more MINUTES.")
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(table(found, FEW, given.rows, given.pages))
    goals = [verdict.met for one in found for verdict in verdicts(one)]
    console.print(f"{sum(goal is True for goal in goals)} of {len(goals)} goals met.", highlight=False)
    for one in wrong[:9]:
        console.print(f"WRONG: {one}", highlight=False)
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
