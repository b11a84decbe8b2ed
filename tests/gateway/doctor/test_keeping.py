"""What will hurt later is told while there is time."""

import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.doctor.keeping import Kept, findings
from gateway.jobs import JobKind
from gateway.storage.keeping import Waits
from tests.gateway.doctor.lines import Line, lines

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GB = 1_000_000_000
WELL = Kept(
    now=NOW,
    payload_days=7,
    row_days=90,
    waits={JobKind.MATCH: Waits(3, timedelta(minutes=10))},
    buried={},
    uncertain={},
    size=GB,
    since=NOW - timedelta(days=10),
    free=100 * GB,
    file=Path("/var/lib/texts/heliograph.db"),
    days_ahead=None,
)
BACKUPS = (
    "backups",
    "note",
    (
        "whether there are any can't be seen from here. python -c "
        + shlex.quote(
            "import sqlite3; sqlite3.connect('/var/lib/texts/heliograph.db').backup(sqlite3.connect('heliograph-backup.db'))"
        )
        + " Keep the keys (HELIOGRAPH_SECRET_KEYS, or secret.key) apart from it: without them no stored secret can be read."
    ),
)


def found(**changes: Any) -> list[Line]:
    return [one for one in lines(findings(replace(WELL, **changes))) if one[1] != "ok"]


def test_what_is_kept_well_has_the_note_of_backups_alone() -> None:
    assert found() == [BACKUPS]
    assert (
        "room",
        "ok",
        "the store has 1.0 GB, about 100.0 MB for each day, and its disk 100.0 GB free",
    ) in lines(findings(WELL))


@pytest.mark.parametrize(
    ("changes", "name", "level", "words"),
    [
        (
            {"waits": {JobKind.DELIVER: Waits(1000, timedelta(hours=3))}},
            "queue",
            "mend",
            "deliver: 1000 or more due, the oldest for 3 h. Nobody works on it, or too few do. Start `heliograph serve` on this store",
        ),
        ({"buried": {"match": 2}}, "given up", "mend", "the gateway gave up jobs after failures of its own: 2 of match."),
        (
            {"uncertain": {"dst_1": ("Texts", 3)}},
            "destination 'Texts'",
            "note",
            ("has 3 deliveries for over an hour of which nobody knows whether they went out; none is sent again by itself. Each says what to do: "
            'query { deliveries(filter: {destinationId: "dst_1", status: [UNCERTAIN]})'),
        ),
        ({"payload_days": 3}, "retention", "note", "payloads are kept for 3 days, rows for 90: a backtest"),
        ({"row_days": 6, "payload_days": 30}, "retention", "note", "payloads are kept for 30 days, rows for 6, so that payloads go"),
        ({"free": 5 * GB}, "room", "note", "the store has 1.0 GB, about 100.0 MB for each day, and its disk 5.0 GB free: it is full in about 50 days."),
        ({"free": GB // 5}, "room", "mend", "the store has 1.0 GB, about 100.0 MB for each day, and its disk 200.0 MB free: it is full in about 2 days."),
        ({"days_ahead": 0}, "partitions", "mend", "there is no partition for tomorrow"),
    ],
)  # fmt: skip
def test_each_trouble_is_one_line(changes: dict[str, Any], name: str, level: str, words: str) -> None:
    [first, *rest] = found(**changes)

    assert first[:2] == (name, level)
    assert first[2].startswith(words)
    assert rest == [BACKUPS]


def test_a_store_that_is_as_old_as_rows_may_be_grows_no_more() -> None:
    assert found(since=NOW - timedelta(days=90), size=9 * GB, free=GB // 10) == [BACKUPS]


def test_of_a_store_of_today_nothing_is_foretold() -> None:
    assert found(since=NOW - timedelta(hours=23), free=1) == [BACKUPS]
    assert found(since=None, free=1, days_ahead=-1) == [BACKUPS]
