"""The ledger that pages are tried on is as one that has grown by itself."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from tests.browser.planted import kept

LISTED = (
    "events",
    "deliveries",
    "contacts",
    "inbound_messages",
    "webhook_deliveries",
    "audit_entries",
    "background_jobs",
)
MOMENTARY = {DeliveryStatus.PENDING, DeliveryStatus.SENDING}
"""No row stays in these."""

UNTOLD = {Reason.RECIPIENT_CHANGED, Reason.CANCELED_BY_TRIGGER}
"""Nothing is left unsent for these by itself: the one takes two turns that differ; the other is of what is CANCELED."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


def asked(folder: Path, query: str) -> list[Sequence[Any]]:
    with closing(sqlite3.connect(folder / "heliograph.db")) as database:
        return database.execute(query).fetchall()


def counts(folder: Path) -> dict[str, int]:
    return {name: asked(folder, f"SELECT count(*) FROM {name}")[0][0] for name in LISTED}


def test_of_one_row_there_is_one_of_each_thing_that_people_and_the_shop_said(root: Path) -> None:
    folder = kept(root, 1)

    assert {name: number for name, number in counts(folder).items() if number == 1} == {
        "events": 1,
        "deliveries": 1,
        "contacts": 1,
        "inbound_messages": 1,
    }
    assert asked(folder, "SELECT status, message_status FROM deliveries") == [("ACCEPTED", "DELIVERED")]


def test_of_none_there_is_nothing_but_tokens(root: Path) -> None:
    folder = kept(root, 0)

    assert counts(folder) == dict.fromkeys(LISTED, 0)
    assert asked(folder, "SELECT count(*) FROM api_tokens") == [(4,)]


def test_of_many_there_are_all_statuses_and_reasons_and_what_is_beyond_the_story_is_whole(root: Path) -> None:
    folder = kept(root, 1500)

    assert [name for name, number in counts(folder).items() if not 1500 <= number < 2500] == []
    statuses = {row[0] for row in asked(folder, "SELECT DISTINCT status FROM deliveries")}
    assert set(DeliveryStatus) - statuses == MOMENTARY
    reasons = {row[0] for row in asked(folder, "SELECT DISTINCT reason FROM deliveries")}
    # Who is in quiet hours at its end depends on the hour; there is an hour at which nobody is.
    assert set(Reason) - reasons <= {*UNTOLD, Reason.QUIET_HOURS}
    for table, key, other in (
        ("deliveries", "event_id", "events"),
        ("deliveries", "person_id", "people"),
        ("attempts", "delivery_id", "deliveries"),
        ("status_callbacks", "delivery_id", "deliveries"),
        ("event_keys", "event_id", "events"),
    ):
        lost = (
            f"SELECT count(*) FROM {table} WHERE {key} IS NOT NULL AND {key} NOT IN (SELECT id FROM {other})"
        )
        assert asked(folder, lost) == [(0,)], (table, key)
    ahead = "SELECT count(*) FROM deliveries WHERE created_at > (unixepoch() + 1) * 1000000"
    assert asked(folder, ahead) == [(0,)]
    [counted] = asked(folder, "SELECT sum(accepted), sum(suppressed), sum(events) FROM stats")
    [there] = asked(
        folder,
        "SELECT sum(status = 'ACCEPTED'), sum(status = 'SUPPRESSED'), (SELECT count(*) FROM events) FROM deliveries",
    )
    assert counted == there
