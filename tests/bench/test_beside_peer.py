import sys

import pytest

from tests.bench.beside_peer import take_turns
from tests.bench.verdicts import Rounds


def saying(words: str) -> list[str]:
    return [sys.executable, "-c", f"print({words!r})"]


def test_rounds_alternate_who_goes_first_and_read_the_last_line() -> None:
    turns: list[str] = []

    rounds = take_turns(saying('warming up\n{"map_a": 2.0}'), saying('{"map_a": 9}'), 2, turns.append)

    assert rounds == Rounds(ours=[{"map_a": 2.0}, {"map_a": 2.0}], theirs=[{"map_a": 9}, {"map_a": 9}])
    assert turns == [
        "round 1 of 2: ours",
        "round 1 of 2: theirs",
        "round 2 of 2: theirs",
        "round 2 of 2: ours",
    ]


def test_without_the_peer_ours_runs_alone() -> None:
    turns: list[str] = []

    rounds = take_turns(saying('{"map_a": 2.0}'), None, 1, turns.append)

    assert rounds == Rounds(ours=[{"map_a": 2.0}], theirs=[])
    assert turns == ["round 1 of 1: ours"]


def test_a_side_that_fails_ends_the_run_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match="ended with 1:\nno such case"):
        take_turns([sys.executable, "-c", "raise SystemExit('no such case')"], None, 1, lambda _: None)
