"""Measures ingestion beside a handler that does nothing and one that only decodes, turn by turn, and prints one table.

Each is a process of its own on loopback, held on one processor with the load on another where that can be. It informs and
ends with 0 whether the goals are met or not.
"""

import argparse
import asyncio
import itertools
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tests.bench import ingest_servers
from tests.bench.beside_peer import MOST_ROUNDS, WIDE, _goals, _number, _ratio
from tests.bench.ingest_load import Load, drive, keep, post, send
from tests.bench.ingest_servers import Server
from tests.bench.verdicts import Verdict, ratio

SOURCES = 300
PREPARED = 300
BATCH = 100
WARMING = 10_000
"""Events that go in before memory counts: what is made once is made by then."""
LINES = 8
EVENTS_OF_ONE = 20_000
"""How many events one source sends in the memory run: fewer than it may send of a sudden."""
MOST_EVENTS = 5_000_000
LONGEST_TURN_SECONDS = 60
DEPTH = 'heliograph_queue_depth{kind="match"}'
SECONDS_FOR_THE_REST = 60.0
"""How long the worker may still work on what came in, before the run ends."""
MOST_BYTES = 250_000_000
FLAT = 1.1
SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and beside whom the gateway is measured with it."""

    name: str
    path: str
    events: int
    connections: int
    beside: str
    least: float


SIDES = ("empty", "decoding", "gateway")
CASES = (
    Case("single events", "/v1/track", 1, 256, "empty", 0.5),
    Case(f"batches of {BATCH}", "/v1/batch", BATCH, 64, "decoding", 0.45),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one server did in one turn."""

    per_second: float
    microseconds: float
    """Of the processor, for one request."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that the gateway had while events came in, and how many jobs of matching were left at the end."""

    first: int
    highest: int
    last: int
    seconds: float
    waiting: int


Turns = Mapping[tuple[str, str], Sequence[Turn]]
"""By case and server."""


def call(number: int, message_id: str) -> dict[str, Any]:
    """An event as a server SDK makes it, of some 500 bytes."""
    products = [
        {"sku": "A-1", "name": "Tea, green, 100 g", "price": 12.5, "quantity": 2},
        {"sku": "B-2", "name": "Pot", "price": 104.95, "quantity": 1},
    ]
    return {
        "type": "track",
        "event": "Order Placed",
        "userId": f"user-{number}",
        "anonymousId": None,
        "messageId": message_id,
        "timestamp": "2026-11-21T12:00:00.123456+00:00",
        "integrations": {},
        "context": {
            "library": {"name": "analytics-python", "version": "2.4.0"},
            "ip": "203.0.113.7",
            "locale": "en-US",
        },
        "properties": {"order_id": f"o-{number}", "total": 129.95, "currency": "USD", "products": products},
    }


def body(case: Case, number: int, ids: Callable[[int], str]) -> bytes:
    """What is posted: an event, or a batch with its envelope."""
    sent_at = {"sentAt": "2026-11-21T12:00:00.323456+00:00"}
    calls = [call(number * case.events + index, ids(index)) for index in range(case.events)]
    return msgspec.json.encode(calls[0] | sent_at if case.events == 1 else {"batch": calls, **sent_at})


def take_turns(
    servers: Mapping[str, Server],
    count: int,
    measure: Callable[[Case, Server], Turn],
    tell: Callable[[str], None],
) -> Turns:
    """What each server did over so many rounds; who goes first alternates. `tell` hears of each turn before it begins."""
    found: dict[tuple[str, str], list[Turn]] = {(case.name, name): [] for case in CASES for name in servers}
    for number in range(count):
        for case in CASES:
            for name in servers if number % 2 == 0 else reversed(list(servers)):
                tell(f"round {number + 1} of {count}: {case.name}, {name}")
                found[case.name, name].append(measure(case, servers[name]))
    return found


def table(turns: Turns, count: int, load: str) -> Table:
    """The table that is printed."""
    title = (
        f"requests per second, medians of {count} rounds, sent by {load}\n"
        "ratio: the gateway to what it is measured beside, within a round [lowest .. highest]"
    )
    found = Table(title=Text(title), box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("sent", "to"):
        found.add_column(heading, no_wrap=True)
    for heading in ("requests/s", "events/s", "CPU µs", "ratio"):
        found.add_column(heading, justify="right", no_wrap=True)
    found.add_column("goal")
    for case in CASES:
        for name in SIDES:
            mine = turns[case.name, name]
            rate = statistics.median(turn.per_second for turn in mine)
            spread, goals = None, []
            if name == "gateway":
                beside = turns[case.name, case.beside]
                spread = ratio([turn.per_second for turn in mine], [turn.per_second for turn in beside])
                goals = [
                    Verdict(
                        f"≥ {case.least:g} of {case.beside}",
                        spread is not None and spread.median >= case.least,
                    )
                ]
            found.add_row(
                case.name,
                name,
                f"{rate:,.0f}",
                f"{rate * case.events:,.0f}",
                _number(statistics.median(turn.microseconds for turn in mine)),
                _ratio(spread),
                _goals(goals),
            )
    return found


def memory_lines(memory: Memory, events: int) -> Text:
    """What is printed of the memory."""
    mega = 1_000_000
    goals = [
        Verdict(f"< {MOST_BYTES // mega} MB", memory.highest < MOST_BYTES),
        Verdict(f"flat: last ≤ {FLAT:g} x first", memory.last <= FLAT * memory.first),
    ]
    what = (
        f"memory while {events:,} events came in, worker running ({memory.seconds:.0f} s): first {memory.first / mega:.0f} MB, "
        f"highest {memory.highest / mega:.0f} MB, last {memory.last / mega:.0f} MB; {memory.waiting:,} requests wait to be matched\n"
    )
    return Text.assemble(what, _goals(goals))


def _pinned(processor: int) -> list[str]:
    """What goes before a command to hold it on one processor; nothing where that can't be, or there is one alone."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(processor)] if taskset and len(os.sched_getaffinity(0)) > 1 else []


def _measured(case: Case, server: Server, requests: Path, seconds: float, pinned: Sequence[str]) -> Turn:
    before = server.processor_seconds
    load = send(server.port, requests, seconds, case.connections, pinned)
    _all_good(load)
    return Turn(
        load.answered / load.seconds, (server.processor_seconds - before) / max(1, load.answered) * 1e6
    )


def _all_good(load: Load) -> None:
    if load.bad or not load.answered:
        sys.exit(
            f"{load.bad} of {load.answered} requests were not answered with 200: nothing can be compared."
        )


def _side_by_side(folder: Path, rounds: int, seconds: float, tell: Callable[[str], None]) -> Turns:
    ours, loads = _pinned(min(os.sched_getaffinity(0))), _pinned(max(os.sched_getaffinity(0)))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(ingest_servers.bare(name, ours)) for name in SIDES[:2]}
        serving, token = stack.enter_context(ingest_servers.gateway(folder / "data", ours, work=False))
        servers["gateway"] = serving
        keys = itertools.cycle(ingest_servers.credentials(serving, token, SOURCES))
        files = {
            case.name: keep(
                (
                    post(case.path, body(case, number, lambda _index: str(uuid.uuid4())), next(keys))
                    for number in range(PREPARED)
                ),
                folder / f"{case.events}.requests",
            )
            for case in CASES
        }
        return take_turns(
            servers,
            rounds,
            lambda case, server: _measured(case, server, files[case.name], seconds, loads),
            tell,
        )


def _batches(keys: Sequence[str], events: int, tell: Callable[[int], None]) -> Iterator[bytes]:
    """Batches of events whose messageIds are all different."""
    case, mark = CASES[1], "0" * 12
    template = body(case, 0, lambda index: f"{mark}-{index:03}")
    for number, key in zip(range(events // BATCH), itertools.cycle(keys)):
        yield post(case.path, template.replace(mark.encode(), b"%012d" % number), key)
        tell(number)


def _memory(folder: Path, events: int, tell: Callable[[int], None]) -> Memory:
    """While so many events go in; then the worker has a while for what is left."""
    ours = _pinned(min(os.sched_getaffinity(0)))
    with ingest_servers.gateway(folder / "memory", ours, work=True) as (server, token):
        keys = ingest_servers.credentials(server, token, max(SOURCES, events // EVENTS_OF_ONE))
        _all_good(asyncio.run(drive(server.port, _batches(keys, WARMING, lambda _: None), LINES)))
        seen = [server.resident]
        over = threading.Event()

        def watch() -> None:
            while not over.wait(SAMPLE_SECONDS):
                seen.append(server.resident)

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            load = asyncio.run(drive(server.port, _batches(keys, events, tell), LINES))
            _all_good(load)
            waiting = _rest(server.port)
        finally:
            over.set()
            watching.join()
        return Memory(seen[0], max(seen), seen[-1], load.seconds, waiting)


def _rest(port: int) -> int:
    """How many requests still wait to be matched, once none does or the time for that is over."""
    deadline = time.monotonic() + SECONDS_FOR_THE_REST
    while True:
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text
        [depth] = [line for line in metrics.splitlines() if line.startswith(DEPTH)]
        waiting = int(float(depth.rpartition(" ")[2]))
        if waiting == 0 or time.monotonic() > deadline:
            return waiting
        time.sleep(1)  # between two looks: asking more often would take from what is measured


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--rounds", type=int, default=5, help=f"how often each is asked, up to {MOST_ROUNDS} times"
    )
    arguments.add_argument(
        "--seconds", type=int, default=2, help="how long each turn takes, up to 60 seconds"
    )
    arguments.add_argument(
        "--events", type=int, default=100_000, help="how many go in while its memory is watched; 0: none"
    )
    given = arguments.parse_args()
    if not 1 <= given.rounds <= MOST_ROUNDS:
        arguments.error(f"--rounds is from 1 to {MOST_ROUNDS}")
    if not 1 <= given.seconds <= LONGEST_TURN_SECONDS:
        arguments.error(f"--seconds is from 1 to {LONGEST_TURN_SECONDS}")
    if not 0 <= given.events <= MOST_EVENTS:
        arguments.error(f"--events is from 0 to {MOST_EVENTS}")

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    memory = None
    with (
        tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        bar = progress.add_task("starting", total=given.rounds * len(CASES) * len(SIDES), completed=-1)
        turns = _side_by_side(
            Path(folder),
            given.rounds,
            given.seconds,
            lambda turn: progress.update(bar, advance=1, description=turn),
        )
        if given.events:
            bar = progress.add_task("memory", total=given.events // BATCH)
            memory = _memory(Path(folder), given.events, lambda sent: progress.update(bar, completed=sent))
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(
        table(
            turns,
            given.rounds,
            "wrk" if shutil.which("wrk") else "a loop of ours, since wrk is not installed",
        )
    )
    if memory is not None:
        console.print(memory_lines(memory, given.events), highlight=False)


if __name__ == "__main__":
    main()
