"""The benchmark of the API: what it makes of the figures, and that both sides answer the same."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.bench.graphql import FIELDS, PAGE, SIDES, over_dicts, served_lines, side_by_side, table
from tests.bench.graphql_load import Served


def shown(what: Any) -> str:
    text = StringIO()
    Console(width=140, file=text).print(what)
    return text.getvalue()


@pytest.mark.parametrize(("answered", "sign"), [(0.75, "✓"), (0.76, "✗")])
def test_the_goal_is_met_by_the_whole_request_from_its_bound_on(answered: float, sign: str) -> None:
    turns = {"graphql-core": [1.0] * 3, "executed": [0.1] * 3, "read": [0.2] * 3, "answered": [answered] * 3}

    [line] = [line for line in shown(table(turns)).splitlines() if "≤" in line]

    assert [sign for sign in "✓✗" if sign in line] == [sign]
    assert "the whole request" in line


@pytest.mark.parametrize(
    ("p99", "last", "signs"), [(49.9, 110_000_000, ["✓", "✓"]), (50.0, 110_000_001, ["✗", "✗"])]
)
def test_latency_and_memory_are_judged_by_their_bounds(p99: float, last: int, signs: list[str]) -> None:
    served = Served(10.0, p99, 500, 4_000, 10_000, 100_000_000, last)

    text = shown(served_lines(served))

    assert [sign for sign in text if sign in "✓✗"] == signs


def test_graphql_core_answers_over_dicts_what_it_was_given() -> None:
    node = {name: 1 if name == "attemptCount" else name for name in FIELDS}
    answer = {"deliveries": {"edges": [{"node": node}] * PAGE}}

    assert over_dicts(answer)() == answer


async def test_every_side_is_measured_in_every_round(tmp_path: Path) -> None:
    turns = await side_by_side(tmp_path, 1)

    assert list(turns) == list(SIDES)
    assert [len(turns[side]) for side in SIDES] == [1] * 4
    assert min(turns[side][0] for side in SIDES) > 0
