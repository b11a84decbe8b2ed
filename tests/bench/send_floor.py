"""What the rows of a text cost alone: those that the gateway left, written once more by bare sqlite3, in groups of 100.

    python -m tests.bench.send_floor BEFORE TEXTS UNMATCHED

Three copies of one ledger: before, with some texts more, and then with some events more that nothing matches. Prints milliseconds of
processor for each text and for each such event. The rows follow the tables as they are; nothing is decided, parsed or asked here, nor is a foreign key
looked up: it is a little less than a gateway could do with.
"""

import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

GROUP = 100
TIMES = 4
"""How often all is written: a few hundred rows alone are soon done."""
_BODY = b"x" * 120_000
_QUEUED = (
    "INSERT INTO jobs(kind,subject,payload,available_at,tries,failures,created_at) VALUES(?,?,?,?,0,0,?)"
)

Rows = Sequence[tuple[Any, ...]]
Step = Sequence[tuple[str, Rows]]
"""One transaction: statements and what each is carried out for."""


def copy(ledger: Path, to: Path) -> Path:
    """The ledger as it is now, though a gateway has it open."""
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to


def rows(ledger: Path) -> dict[str, Rows]:
    """All rows by table, without the queue's."""
    with closing(sqlite3.connect(ledger)) as database:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        return {
            name: database.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names if name != "jobs"
        }


def new(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> dict[str, Rows]:
    """The rows that are there after and were not before, or were others."""
    known = {name: set(before.get(name, ())) for name in after}
    found = {name: [row for row in after[name] if row not in known[name]] for name in after}
    return {name: there for name, there in found.items() if there}


def steps(
    left: Mapping[str, Rows], columns: Mapping[str, Sequence[str]], part: int, parts: int
) -> list[Step]:
    """The transactions of one group: taken, matched, and where there are deliveries claimed and recorded."""

    def of(table: str) -> Rows:
        there = left.get(table, ())
        return there[len(there) * part // parts : len(there) * (part + 1) // parts]

    taken: Step = [(_QUEUED, [("match", "src", _BODY, 1, 1)])]
    done = ("DELETE FROM jobs WHERE kind = 'match'", [()])
    written = [
        (_put(table, len(columns[table])), of(table))
        for table in left
        if table not in {"deliveries", "attempts"}
    ]
    texts = of("deliveries")
    if not texts:
        return [taken, [*written, done]]
    names = columns["deliveries"]
    at = {name: names.index(name) for name in names}
    late = [
        name
        for name in names
        if name in {"intent", "explanation", "recipient", "sender", "segments", "first_attempt_at"}
    ]
    last = [name for name in names if name in {"message_sid", "message_status", "updated_at"}]
    pending = [
        tuple(
            "PENDING"
            if name == "status"
            else None
            if name in {*late, "message_sid", "message_status"}
            else row[at[name]]
            for name in names
        )
        for row in texts
    ]
    ids = [(row[at["id"]],) for row in texts]
    return [
        taken,
        [
            *written,
            (_put("deliveries", len(names)), pending),
            (_QUEUED, [("deliver", one, b"", 1, 1) for (one,) in ids]),
            done,
        ],
        [
            (_change("SENDING", late), [(*(row[at[name]] for name in late), row[at["id"]]) for row in texts]),
            (_put("attempts", len(columns.get("attempts", ()))), of("attempts")),
        ],
        [
            (
                _change("ACCEPTED", last),
                [(*(row[at[name]] for name in last), row[at["id"]]) for row in texts],
            ),
            ("DELETE FROM jobs WHERE kind = 'deliver' AND subject = ?", ids),
        ],
    ]


def _put(table: str, width: int) -> str:
    return f"INSERT OR REPLACE INTO {table} VALUES({','.join('?' * width)})"


def _change(status: str, names: Sequence[str]) -> str:
    return f"UPDATE deliveries SET status = '{status}', {', '.join(f'{name} = ?' for name in names)} WHERE id = ?"


def spent(start: Path, left: Mapping[str, Rows], count: int) -> float:
    """Milliseconds of processor for each of `count`, written into copies of `start`."""
    total = 0.0
    with tempfile.TemporaryDirectory(prefix="heliograph-floor-", dir=start.parent) as folder:
        for number in range(TIMES):
            path = Path(shutil.copy(start, Path(folder) / f"{number}.db"))
            with closing(sqlite3.connect(path, isolation_level=None, cached_statements=512)) as database:
                for pragma in ("journal_mode = WAL", "synchronous = FULL"):
                    database.execute(f"PRAGMA {pragma}")
                columns = {
                    name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
                    for name in {*left, "attempts"}
                }
                parts = max(1, count // GROUP)
                for part in range(parts):
                    prepared = steps(left, columns, part, parts)
                    began = time.process_time()
                    for step in prepared:
                        _carry_out(database, step)
                    total += time.process_time() - began
    return 1000 * total / (TIMES * count)


def _carry_out(database: sqlite3.Connection, step: Step) -> None:
    database.execute("BEGIN IMMEDIATE")
    for statement, values in step:
        database.executemany(statement, values)
    database.execute("COMMIT")


def main() -> None:
    before, texts, unmatched = (Path(name) for name in sys.argv[1:])
    first, second, third = rows(before), rows(texts), rows(unmatched)
    text_rows, other_rows = new(first, second), new(second, third)
    print(  # noqa: T201  for `send`
        json.dumps(
            {
                "text": spent(before, text_rows, len(text_rows["deliveries"])),
                "unmatched": spent(texts, other_rows, len(other_rows["events"])),
            }
        )
    )


if __name__ == "__main__":
    main()
