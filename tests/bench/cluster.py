"""Measures a gateway and workers over PostgreSQL and Redis beside the embedded engine, turn by turn, with the same texts and stand-in.

First, once: statements, rows and bytes of PostgreSQL, commands and bytes of Redis, and connections, for each text of a burst. Then in each
round: the embedded engine; one gateway and one worker; one worker, two, two and one, with 32 texts in flight each and a provider that takes
50 ms. It informs, and ends with 1 only where something was wrong: a text too few or too many.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from gateway.errors import StartupError
from tests.bench import send_processes
from tests.bench.beside_peer import MOST_ROUNDS
from tests.bench.cluster_counts import shared, spent
from tests.bench.cluster_figures import DELAY_MS, IN_FLIGHT, Kept, Round, Traffic, kept, lines
from tests.bench.cluster_processes import Set, started
from tests.bench.send_figures import summary, table
from tests.bench.send_processes import Sending, sending
from tests.bench.send_turns import BATCH, MOST_EVENTS, Bench

IDLE_SECONDS = 12.0
"""For so long nothing happens: a connection to PostgreSQL that is idle tells within ten seconds what it did to tables."""
WIDE = 150


def _round(bench: Bench, embedded: Sending, cluster: Set, count: int, name: str) -> Round:
    bench.tell(f"{name}: {count:,} texts, embedded")
    _, alone, alone_rate = bench.texts(embedded, count)
    bench.tell(f"{name}: one gateway and one worker")
    with cluster.working(1) as (set_, ours):
        bench.texts(set_, BATCH)  # what is made once is made by then
        before, postgresql = [spent(pid) for pid in ours.pids], cluster.counts()[0].processor_seconds
        _, cost, rate = bench.texts(set_, count)
        used = [spent(pid) - was for pid, was in zip(ours.pids, before, strict=True)]
        postgresql = cluster.counts()[0].processor_seconds - postgresql
    rates: dict[int, list[float]] = {1: [], 2: []}
    most = 0
    for workers in (
        1,
        2,
        2,
        1,
    ):  # so that what else the machine does, more and more or less and less, touches both
        bench.tell(f"{name}: {workers} of {IN_FLIGHT} in flight, {DELAY_MS} ms at the provider")
        with cluster.working(workers, IN_FLIGHT) as (set_, _):
            bench.texts(set_, BATCH)
            rates[workers].append(bench.texts(set_, count, DELAY_MS)[2])
            most = max(most, int(bench.stand_in.ask("stats")["most_at_once"]))
    one, two = (statistics.fmean(rates[workers]) for workers in (1, 2))
    gateway, worker, database = (1000 * one / count for one in (*used, postgresql))
    return Round(alone, cost, gateway, worker, database, alone_rate, rate, one, two, most, os.getloadavg()[0])


def _traffic(bench: Bench, cluster: Set, count: int) -> Traffic:
    with cluster.working(1) as (set_, ours):
        bench.texts(set_, BATCH)
        bench.tell(f"nothing for {IDLE_SECONDS:g} s, so that all is counted")
        asked = shared(cluster.cluster.redis_url).commands
        time.sleep(IDLE_SECONDS)  # what is asked while nothing happens is what is measured
        before = cluster.counts()
        idle = (before[1].commands - asked) / IDLE_SECONDS
        bench.tell(f"{count:,} texts, and what they take of PostgreSQL and Redis")
        bench.texts(set_, count)
        ledger, redis = cluster.counts()
        connections = {
            name: cluster.connections(pid) for name, pid in zip(("gateway", "worker"), ours.pids, strict=True)
        }
        bench.tell(f"nothing for {IDLE_SECONDS:g} s, so that all is counted")
        time.sleep(IDLE_SECONDS)  # what a connection did to tables it tells after a while
        ledger = replace(ledger, tables=cluster.counts()[0].tables)
    return Traffic(count, before, (ledger, redis), connections, idle)


def measure(
    events: int, rounds: int, burst: int, tell: Callable[[str], None]
) -> tuple[list[Round], Traffic, list[str]]:
    """The rounds, what a burst takes, and what was wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        certificate, authority = send_processes.certify(folder)
        stand_in, port = stack.enter_context(send_processes.stand_in(certificate, ()))
        bench = Bench(stand_in, tell)
        tell("the embedded engine starts, and a set")
        embedded, _ = stack.enter_context(sending(folder / "data", port, authority, ()))
        cluster = stack.enter_context(started(port, authority))
        traffic = _traffic(bench, cluster, burst)
        bench.texts(embedded, BATCH)
        done = []
        for number in range(rounds):
            send_processes.settle(folder / "data", None)  # no turn pays for what those before it sent
            send_processes.settle(folder, cluster.cluster.database_url)
            done.append(_round(bench, embedded, cluster, events, f"round {number + 1} of {rounds}"))
        return done, traffic, bench.wrong


def left(found: list[Kept]) -> Table:
    """The table of what a text leaves in PostgreSQL."""
    made = Table(title="what a text leaves in PostgreSQL", box=SIMPLE_HEAD, pad_edge=False)
    made.add_column("table", no_wrap=True)
    for heading in ("rows", "changes of a row", "bytes", "bytes of indexes"):
        made.add_column(heading, justify="right", no_wrap=True)
    total = Kept("all", *(sum(getattr(one, name) for one in found) for name in Kept.__slots__[1:]))
    for one in (*found, total):
        made.add_row(
            one.table, f"{one.rows:.2f}", f"{one.changes:.2f}", f"{one.size:,.0f}", f"{one.indexes:,.0f}"
        )
    return made


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=1500, help=f"texts in a turn, up to {MOST_EVENTS:,}")
    arguments.add_argument("--rounds", type=int, default=3, help=f"up to {MOST_ROUNDS}")
    arguments.add_argument("--burst", type=int, default=5000, help="texts of which all is counted")
    given = arguments.parse_args()
    if not all(BATCH <= one <= MOST_EVENTS and one % BATCH == 0 for one in (given.events, given.burst)):
        arguments.error(f"--events and --burst are hundreds, from {BATCH} to {MOST_EVENTS}")
    if not 1 <= given.rounds <= MOST_ROUNDS:
        arguments.error(f"--rounds is from 1 to {MOST_ROUNDS}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended with it
    began, progress = time.monotonic(), Console(stderr=True, highlight=False)
    try:
        rounds, traffic, wrong = measure(
            given.events,
            given.rounds,
            given.burst,
            lambda what: progress.print(f"{time.monotonic() - began:4.0f} s  {what}"),
        )
    except StartupError as error:
        sys.exit(str(error))
    found = lines(rounds, traffic)
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(table(found, len(rounds), given.events, headings=("cluster", "beside", "")))
    console.print(left(kept(traffic)))
    loads = ", ".join(f"{one.load:.1f}" for one in rounds)
    console.print(
        f"{summary(found)} It took {time.monotonic() - began:.0f} s, at a load of {loads} on "
        f"{len(os.sched_getaffinity(0))} processors.",
        highlight=False,
    )
    for one in wrong:
        console.print(f"WRONG: {one}", highlight=False)
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
