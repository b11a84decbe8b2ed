"""Measures a text's whole way, from /v1/batch to ACCEPTED, beside the published destination and beside what cannot be saved.

Turn by turn: the peer's onEvent and a bare request, both in processes that stay; the gateway with batches of 100; the rows it leaves, by
bare sqlite3; single tracks; a provider that takes 50 ms; events that nothing matches. Then once: a burst of other sources, what is
forgotten, statements counted, PostgreSQL. What is measured is held on one processor, the stand-in and the load on another. It informs,
and ends with 1 only where something was wrong: a text too few or too many, or a form that differs from the peer's.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from tests.bench import send_floor, send_processes
from tests.bench.beside_peer import INSTALL, MOST_ROUNDS
from tests.bench.ingest import _pinned
from tests.bench.send_figures import DELAY_MS, Once, Round, lines, summary, table
from tests.bench.send_processes import HERE, Sending, Spoken, sending, spoken
from tests.bench.send_turns import BATCH, MOST_EVENTS, Bench
from tests.databases import database

SAMPLE = 500
SINGLES = 40
"""In each round."""
MOST_ONCE = 1000
"""Texts for what is measured once."""
MOST_BURST = 1_000_000
OLD = 10_000
"""Texts that are old enough to be forgotten."""
OLDER = timedelta(days=100)
FORGETTING = 100
"""Single tracks meanwhile."""
TURN_SECONDS = 12.0
"""What a turn of ours may take: where the gateway is slow it sends fewer."""
WIDE = 132


def _round(
    bench: Bench,
    gateway: Sending,
    taker: Sending,
    peers: tuple[Spoken, Spoken],
    floor: Callable[[], dict[str, float]],
    count: int,
    name: str,
) -> Round:
    bench.tell(f"{name}: the peer")
    first, (bare, _), second = (bench.peer(one) for one in (*peers, peers[0]))
    peer, peer_rate = min(first[0], second[0]), max(first[1], second[1])  # its compiler may have thought anew
    bench.tell(f"{name}: {count:,} texts")
    people, ours, ours_rate = bench.texts(gateway, count)
    bench.tell(f"{name}: the floor")
    rows = floor()
    bench.tell(f"{name}: {SINGLES} single tracks")
    idle = bench.singles(gateway, SINGLES, 0.1)
    bench.tell(f"{name}: {DELAY_MS} ms at the provider")
    _, _, slow_rate = bench.texts(gateway, count, DELAY_MS)
    bench.tell(f"{name}: {count:,} events that nothing matches")
    unmatched = bench.unmatched(gateway, people) - bench.taking(taker, people)
    return Round(
        peer, peer_rate, bare, ours, ours_rate, rows["text"], unmatched, rows["unmatched"], slow_rate, idle
    )


def _counted(bench: Bench, gateway: Sending, line: Spoken, count: int) -> float:
    """Statements for each text."""
    bench.texts(gateway, BATCH)
    before = line.ask("")["statements"]
    bench.texts(gateway, count)
    return float((line.ask("")["statements"] - before) / count)


def measure(
    events: int, rounds: int, burst: int, tell: Callable[[str], None]
) -> tuple[list[Round], Once, int, list[str]]:
    """All there is: the rounds, what is measured once, texts in a turn, and what was wrong."""
    processors = sorted(os.sched_getaffinity(0))
    ours, loads = _pinned(processors[0]), _pinned(processors[-1])
    if ours:
        os.sched_setaffinity(0, {processors[-1]})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        certificate, authority = send_processes.certify(folder)
        stand_in, port = stack.enter_context(send_processes.stand_in(certificate, loads))
        bench = Bench(stand_in, tell)
        tell("the gateway starts")
        gateway, _ = stack.enter_context(sending(folder / "data", port, authority, ours))
        taker, _ = stack.enter_context(sending(folder / "taking", port, authority, ours, work=False))
        node = [*ours, shutil.which("node") or sys.exit("The peer takes node, which is missing.")]
        trusting = {"NODE_EXTRA_CA_CERTS": str(authority)}
        peers = tuple(
            stack.enter_context(
                spoken([*node, str(HERE / "peer" / "send.js"), mode, f"localhost:{port}"], trusting)
            )
            for mode in ("onEvent", "bare")
        )
        bench.texts(gateway, BATCH)  # what is made once is made by then
        floor, cost = _floor(bench, gateway, folder, ours)
        bench.warm(peers[0])
        bench.peer(peers[1])
        count = max(BATCH, min(events, int(1000 * TURN_SECONDS / cost)) // BATCH * BATCH)
        done = [
            _round(
                bench, gateway, taker, (peers[0], peers[1]), floor, count, f"round {number + 1} of {rounds}"
            )
            for number in range(rounds)
        ]
        bench.form = 0.0  # nothing of the peer's is compared from here on
        latencies = None
        if burst:
            tell(f"{burst:,} events of other sources, and single tracks beside them")
            latencies = bench.burst(gateway, burst)
        peak = gateway.peak
    forgetting, forgotten = _forgetting(bench, tell, ours, loads)
    once = _databases(bench, min(count, MOST_ONCE), tell, ours, loads)
    return done, Once(latencies, burst, forgetting, forgotten, peak, *once), count, bench.wrong


def _floor(
    bench: Bench, gateway: Sending, folder: Path, pinned: Sequence[str]
) -> tuple[Callable[[], dict[str, float]], float]:
    """What measures the floor, from the rows that some texts and events leave; and what one text costs about."""
    ledger = folder / "data" / "heliograph.db"
    copies = [send_floor.copy(ledger, folder / "before.db")]
    people, cost, _ = bench.texts(gateway, SAMPLE)
    copies.append(send_floor.copy(ledger, folder / "texts.db"))
    bench.unmatched(gateway, people)
    copies.append(send_floor.copy(ledger, folder / "unmatched.db"))

    def floor() -> dict[str, float]:
        command = [*pinned, sys.executable, "-m", "tests.bench.send_floor", *map(str, copies)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            sys.exit(f"the floor ended with {done.returncode}:\n{done.stderr}")
        found: dict[str, float] = json.loads(done.stdout)
        return found

    return floor, cost


def _forgetting(
    bench: Bench, tell: Callable[[str], None], ours: Sequence[str], loads: Sequence[str]
) -> tuple[list[float], int]:
    """`singles` while what is old is removed, and how many rows that were, or parts of them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        certificate, authority = send_processes.certify(folder)
        bench.stand_in, port = stack.enter_context(send_processes.stand_in(certificate, loads))
        tell(f"{OLD:,} texts of {OLDER.days} days ago")
        with sending(folder / "old", port, authority, ours) as (gateway, _):
            bench.texts(gateway, OLD)
        send_processes.age(folder / "old", OLDER)
        with sending(folder / "old", port, authority, ours) as (gateway, _):
            tell(f"they are forgotten, and {FORGETTING} single tracks meanwhile")
            before = gateway.forgotten()
            latencies = bench.singles(gateway, FORGETTING, 0.1)
            forgotten = gateway.forgotten() - before
            if not forgotten:
                bench.wrong.append("nothing was forgotten while single tracks were sent")
            return latencies, forgotten


def _databases(
    bench: Bench, count: int, tell: Callable[[str], None], ours: Sequence[str], loads: Sequence[str]
) -> tuple[float | None, float, float | None]:
    """Texts a second on PostgreSQL, and statements for each text on both."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        certificate, authority = send_processes.certify(folder)
        bench.stand_in, port = stack.enter_context(send_processes.stand_in(certificate, loads))
        tell("statements counted on SQLite")
        with sending(folder / "counted", port, authority, ours, counted=True) as (gateway, line):
            assert line is not None
            statements = _counted(bench, gateway, line, count)
        with database("bench") as address:
            if address is None:
                return None, statements, None
            tell("PostgreSQL")
            with sending(folder / "postgresql", port, authority, ours, database=address) as (gateway, _):
                bench.texts(gateway, BATCH)
                _, _, rate = bench.texts(gateway, count)
        with database("bench") as address:
            tell("statements counted on PostgreSQL")
            with sending(folder / "counted too", port, authority, ours, database=address, counted=True) as (
                gateway,
                line,
            ):
                assert line is not None
                return rate, statements, _counted(bench, gateway, line, count)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--events",
        type=int,
        default=2000,
        help=f"texts in a turn, up to {MOST_EVENTS:,}; fewer where they take long",
    )
    arguments.add_argument(
        "--rounds", type=int, default=3, help=f"how often each is measured, up to {MOST_ROUNDS} times"
    )
    arguments.add_argument(
        "--burst", type=int, default=50_000, help="events of other sources in the burst; 0: none"
    )
    given = arguments.parse_args()
    if not BATCH <= given.events <= MOST_EVENTS:
        arguments.error(f"--events is from {BATCH} to {MOST_EVENTS}")
    if not 1 <= given.rounds <= MOST_ROUNDS:
        arguments.error(f"--rounds is from 1 to {MOST_ROUNDS}")
    if not 0 <= given.burst <= MOST_BURST:
        arguments.error(f"--burst is from 0 to {MOST_BURST}")
    if not (HERE / "peer" / "node_modules").is_dir():
        sys.exit(f"The peer is not installed. {INSTALL}")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended with it
    began, progress = time.monotonic(), Console(stderr=True, highlight=False)
    rounds, once, count, wrong = measure(
        given.events,
        given.rounds,
        given.burst,
        lambda what: progress.print(f"{time.monotonic() - began:4.0f} s  {what}"),
    )
    found = lines(rounds, once)
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(table(found, len(rounds), count))
    console.print(f"{summary(found)} It took {time.monotonic() - began:.0f} s.", highlight=False)
    for one in wrong:
        console.print(f"WRONG: {one}", highlight=False)
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
