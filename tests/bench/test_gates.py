"""The benchmark of the gates: it measures texts that pass them all, of facts that are in memory."""

import json

import pytest

from destinations.kit import Channel
from tests.bench.gates import ALL, TRIGGER, Batch, done, rounds, verdict
from tests.bench.micro import FIXTURES
from tests.bench.verdicts import Verdict

FEW = 3
FIXED = json.loads(FIXTURES.read_text(encoding="utf-8"))
LINES = ["ready", "fresh", "trusted", "recipient", "consent", "hours", "limits"]


def test_every_text_of_the_batch_passes_every_gate_and_says_what_each_saw() -> None:
    batch = Batch(FIXED, FEW)

    assert batch.passing_all() == FEW
    assert [[line.gate for line in text.trace.results if line.passed] for text in batch.texts] == [
        LINES
    ] * FEW
    assert [batch.passing(gate) for gate in (*batch.of_each, *batch.of_all)] == [FEW] * 8


def test_all_gates_and_each_of_them_are_measured_beside_the_trigger_in_every_round() -> None:
    found = rounds(Batch(FIXED, FEW), FIXED["fql"]["complex"], 2, 2.0)

    assert [list(one)[2:] for one in found] == [
        ["ready", "fresh", "trusted", "recipient and consent", "hours", "limits", "pace", "claim"]
    ] * 2
    assert all(figure > 0 for one in found for figure in one.values())


def test_a_trigger_that_does_not_match_is_no_measure() -> None:
    with pytest.raises(ValueError, match="every event should match"):
        rounds(Batch(FIXED, FEW), 'event = "Another"', 1, 2.0)


def test_a_fact_that_is_not_in_memory_is_no_measure() -> None:
    batch = Batch(FIXED, FEW)
    [first, *_others] = batch.texts

    with pytest.raises(RuntimeError, match="not in memory"):
        done(first.consent.consent("+12025559999", Channel.SMS))


@pytest.mark.parametrize(("gates", "met"), [(3.0, True), (3.1, False)])
def test_the_goal_is_three_times_a_bare_trigger_within_a_round(gates: float, *, met: bool) -> None:
    spread, judged = verdict([{TRIGGER: 1.0, ALL: gates}, {TRIGGER: 10.0, ALL: 10 * gates}])

    assert spread.median == gates
    assert judged == Verdict("≤ 3 x", met=met)
