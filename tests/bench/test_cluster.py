"""The benchmark of several processes: what it makes of the figures, and what it reads of processes."""

import os
import socket
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tests.bench.cluster import left
from tests.bench.cluster_counts import Ledger, Shared, Table, connections
from tests.bench.cluster_figures import Kept, Round, Traffic, kept, lines
from tests.bench.send_figures import summary

GOOD = Round(
    embedded=0.4,
    cluster=1.0,
    gateway=0.2,
    worker=0.8,
    postgresql=0.5,
    embedded_rate=1000.0,
    cluster_rate=500.0,
    one=100.0,
    two=160.0,
    most=64,
    load=1.0,
)
NOTHING = Ledger(statements=5, calls=9, wal=0, processor_seconds=0.0, tables={"events": Table(1, 0, 0, 0, 0)})
MUCH = Ledger(
    statements=105,
    calls=159,
    wal=1_000,
    processor_seconds=0.1,
    tables={"events": Table(111, 50, 10, 2_000, 300), "new": Table(1, 0, 0, 1, 1)},
)
TRAFFIC = Traffic(100, (NOTHING, Shared(0, 0, 1)), (MUCH, Shared(10, 2_000, 3_000_000)), {"worker": 9}, 4.0)


def judged(one: Round, traffic: Traffic) -> dict[str, bool | None]:
    return {verdict.text: verdict.met for line in lines([one], traffic) for verdict in line.verdicts}


def test_every_goal_is_met_from_its_bound_on() -> None:
    assert set(judged(GOOD, TRAFFIC).values()) == {True}
    assert summary(lines([GOOD], TRAFFIC)) == "4 of 4 goals met."


@pytest.mark.parametrize(
    ("worse", "goal"),
    [
        ({"cluster": 1.01}, "≥ 0.4 (embedded/cluster)"),
        ({"two": 159.0}, "≥ 1.6 (two/one)"),
        ({"most": 65}, "≤ 64 at once (65)"),
    ],
    ids=["processor", "second worker", "in flight"],
)
def test_a_goal_is_missed_below_its_bound(worse: dict[str, Any], goal: str) -> None:
    found = judged(replace(GOOD, **worse), TRAFFIC)

    assert [text for text, met in found.items() if not met] == [goal]


def test_a_statement_more_than_a_text_is_too_many() -> None:
    one_more = replace(TRAFFIC, after=(replace(MUCH, statements=106), TRAFFIC.after[1]))

    assert [text for text, met in judged(GOOD, one_more).items() if not met] == ["≤ 1"]


def test_what_is_kept_is_what_was_added_and_not_removed() -> None:
    assert kept(TRAFFIC) == [Kept("events", rows=1.0, changes=0.5, size=20.0, indexes=3.0)]


def test_the_table_of_what_is_kept_has_a_sum() -> None:
    text = StringIO()

    Console(width=100, file=text).print(left([Kept("events", 1, 0.5, 20, 3), Kept("jobs", 1, 2, 30, 4)]))

    assert [line.split() for line in text.getvalue().splitlines()][-2] == ["all", "2.00", "2.50", "50", "7"]


def test_connections_to_a_port_are_counted_by_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        before = connections(os.getpid(), port)
        with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
            during = connections(os.getpid(), port)

    assert (before, during) == (0, 2)
