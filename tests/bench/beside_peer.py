"""Measures the mapping language beside the published packages on Node, turn by turn, and prints one table.

Both run on the same processor where it can be held, one after the other, and the rounds alternate who goes first: what
else the machine does in the meantime touches both. It informs and ends with 0 whether the goals are met or not.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tests.bench.verdicts import Figures, Rounds, Row, Spread, Verdict, rows, summary

HERE = Path(__file__).parent
INSTALL = "npm install --ignore-scripts --prefix tests/bench/peer"
LONGEST_TURN_SECONDS = 600
MOST_ROUNDS = 50
WIDE = 100
"""Columns where nobody says how wide the output is: a file, a pipe."""

Command = list[str]


def take_turns(ours: Command, theirs: Command | None, count: int, tell: Callable[[str], None]) -> Rounds:
    """The figures of both sides over so many rounds. `tell` hears of each turn before it begins."""
    measured: dict[str, list[Figures]] = {"ours": [], "theirs": []}
    sides = [("ours", ours)] + ([("theirs", theirs)] if theirs else [])
    for number in range(count):
        for name, command in sides if number % 2 == 0 else reversed(sides):
            tell(f"round {number + 1} of {count}: {name}")
            measured[name].append(_figures(command))
    return Rounds(measured["ours"], measured["theirs"])


def table(compared: Sequence[Row], count: int) -> Table:
    """The table that is printed."""
    title = f"µs per operation, medians of {count} rounds\nratio: theirs / ours within a round [lowest .. highest]"
    found = Table(title=Text(title), box=SIMPLE_HEAD, pad_edge=False)  # as Text: its brackets are no markup
    found.add_column("case", no_wrap=True)
    for heading in ("ours", "theirs", "ratio"):
        found.add_column(heading, justify="right", no_wrap=True)
    found.add_column("goal")
    for row in compared:
        found.add_row(
            row.case, _number(row.ours), _number(row.theirs), _ratio(row.ratio), _goals(row.verdicts)
        )
    return found


def _figures(command: Command) -> Figures:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_TURN_SECONDS, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _peer(folder: Path | None) -> Command | None:
    """How the peer is started; None where it is not installed. A folder that was asked for has to have it."""
    if folder is None and not (HERE / "peer" / "node_modules").is_dir():
        return None
    script, node = (folder or HERE / "peer") / "micro.js", shutil.which("node")
    if node is None or not script.is_file():
        sys.exit(f"The peer takes node and {script}; one of them is missing.")
    return [node, str(script)]


def _pinned() -> Command:
    """What goes before a command to hold it on one processor, the same for both sides; nothing where that can't be."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(max(os.sched_getaffinity(0)))] if taskset else []


def _number(value: float | None) -> str:
    """Digits enough to tell figures apart, and short enough for a terminal of 80 columns."""
    if value is None:
        return "-"
    decimals = next((digits for bound, digits in ((1, 3), (100, 2), (1000, 1)) if value < bound), 0)
    return f"{value:,.{decimals}f}"


def _ratio(spread: Spread | None) -> Text:
    if spread is None:
        return Text("-")
    return Text(f"{_number(spread.median)} [{_number(spread.lowest)} .. {_number(spread.highest)}]")


def _goals(verdicts: Sequence[Verdict]) -> Text:
    signs = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "dim")}
    return Text("\n").join(Text.assemble(signs[verdict.met], f" {verdict.text}") for verdict in verdicts)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5, help="how often each side runs, up to 50 times")
    arguments.add_argument("--ms", default="150", help="milliseconds to measure each case for")
    arguments.add_argument("--warm", default="400", help="milliseconds to run each case before that")
    arguments.add_argument(
        "--peer", type=Path, help="a folder with a micro.js, which prints one JSON object on its last line"
    )
    given = arguments.parse_args()
    if not 1 <= given.rounds <= MOST_ROUNDS:
        arguments.error(f"--rounds is from 1 to {MOST_ROUNDS}")
    peer, options = _peer(given.peer), ["--ms", given.ms, "--warm", given.warm]
    ours = [*_pinned(), sys.executable, str(HERE / "micro.py"), *options]
    theirs = [*_pinned(), *peer, *options] if peer else None

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        turns = progress.add_task("", total=given.rounds * (2 if theirs else 1), completed=-1)
        compared = rows(
            take_turns(
                ours, theirs, given.rounds, lambda turn: progress.update(turns, advance=1, description=turn)
            )
        )
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(table(compared, given.rounds))
    console.print(summary(compared), highlight=False)
    if theirs is None:
        console.print(f"Ours alone: the peer is not installed. {INSTALL}", highlight=False)


if __name__ == "__main__":
    main()
