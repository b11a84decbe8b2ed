"""Watches the memory of `serve` while a great many events come in that each send a text, and are sent.

Batches of 100 go to /v1/batch, each event about another person, and the stand-in takes every text. What is measured is held on one
processor, the stand-in and the load on another. It informs, and ends with 1 only where a text was too few or too many.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.bench import send_processes
from tests.bench.ingest import FLAT, _pinned
from tests.bench.send_figures import MOST_BYTES
from tests.bench.send_processes import sending
from tests.bench.send_turns import MOST_EVENTS, Bench
from tests.bench.verdicts import Verdict

EVENTS = 1_000_000
MOST = 8_000_000
WARMING = 2_000
"""Texts before memory counts: what is made once is made by then."""
PIECE = 10_000
"""Texts of one source, which are sent before the next ones come: fewer than it may send of a sudden."""
SAMPLE_SECONDS = 1.0
TENTHS = 10
MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What `serve` had at a time."""

    seconds: float
    texts: int
    """Sent by then, as far as whole pieces say."""
    resident: int
    """In bytes."""


def tenths(samples: Sequence[Sample]) -> list[list[Sample]]:
    """The samples in ten parts of the time, or as many as there are samples."""
    parts = min(TENTHS, len(samples))
    return [
        list(samples[len(samples) * at // parts : len(samples) * (at + 1) // parts]) for at in range(parts)
    ]


def slope(samples: Sequence[Sample]) -> float:
    """Bytes more for each text, along the line that fits the second half best; what is made once is made in the first."""
    half = samples[len(samples) // 2 :]
    if len({one.texts for one in half}) < 2:
        return 0.0
    found = statistics.linear_regression([one.texts for one in half], [one.resident for one in half])
    return float(found.slope)


def verdicts(samples: Sequence[Sample]) -> tuple[Verdict, Verdict]:
    """Whether it stays small, and whether it stays flat."""
    _, early, *_, late = [statistics.median(one.resident for one in part) for part in tenths(samples)]
    return (
        Verdict(f"< {MOST_BYTES // MEGA} MB", max(one.resident for one in samples) < MOST_BYTES),
        Verdict(f"flat: the last tenth ≤ {FLAT:g} x the second", late <= FLAT * early),
    )


def table(samples: Sequence[Sample]) -> Table:
    """Memory over the time."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("seconds", "texts", "MB, least", "median", "most"):
        made.add_column(heading, justify="right", no_wrap=True)
    for part in tenths(samples):
        sizes = [one.resident / MEGA for one in part]
        made.add_row(
            f"{part[-1].seconds:.0f}",
            f"{part[-1].texts:,}",
            *(f"{one:.1f}" for one in (min(sizes), statistics.median(sizes), max(sizes))),
        )
    return made


def watched(events: int, tell: Callable[[str], None]) -> tuple[list[Sample], list[str]]:
    """Memory while so many texts are sent, and what was wrong."""
    processors = sorted(os.sched_getaffinity(0))
    ours, loads = _pinned(processors[0]), _pinned(processors[-1])
    if ours:
        os.sched_setaffinity(0, {processors[-1]})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        certificate, authority = send_processes.certify(folder)
        stand_in, port = stack.enter_context(send_processes.stand_in(certificate, loads))
        gateway, _ = stack.enter_context(sending(folder / "data", port, authority, ours))
        bench = Bench(stand_in, tell)
        bench.texts(gateway, WARMING)
        sent, began, over = 0, time.monotonic(), threading.Event()
        samples = [Sample(0.0, 0, gateway.server.resident)]

        def watch() -> None:
            while not over.wait(SAMPLE_SECONDS):
                samples.append(Sample(time.monotonic() - began, sent, gateway.server.resident))

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            while sent < events and not bench.wrong:
                piece = min(PIECE, events - sent)
                _, cost, rate = bench.texts(gateway, piece)
                sent += piece
                tell(f"{sent:,} of {events:,} texts, {cost:.2f} ms and {rate:,.0f} a second")
        finally:
            over.set()
            watching.join()
        samples.append(Sample(time.monotonic() - began, sent, gateway.server.resident))
        return samples, bench.wrong


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=EVENTS, help=f"texts, up to {MOST:,}")
    given = arguments.parse_args()
    if not MOST_EVENTS <= given.events <= MOST:
        arguments.error(f"--events is from {MOST_EVENTS:,} to {MOST:,}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended with it
    began, progress = time.monotonic(), Console(stderr=True, highlight=False)
    samples, wrong = watched(
        given.events, lambda what: progress.print(f"{time.monotonic() - began:4.0f} s  {what}")
    )
    console = Console()
    console.print(table(samples))
    sizes = [one.resident / MEGA for one in samples]
    console.print(
        f"{samples[-1].texts:,} texts in {samples[-1].seconds:.0f} s: {min(sizes):.1f} to {max(sizes):.1f} MB, "
        f"{slope(samples) * 100_000 / MEGA:+.2f} MB for each 100,000 texts of the second half. "
        + "  ".join(f"{'PASS' if one.met else 'MISS'} {one.text}" for one in verdicts(samples)),
        highlight=False,
        soft_wrap=True,
    )
    for one in wrong:
        console.print(f"WRONG: {one}", highlight=False)
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
