"""What a run over several processes looks at besides its books: the order of each person, what they know, and the pace."""

import time
from pathlib import Path

import pytest

from destinations.kit import HttpRequest
from tests.resilience.books import Text, Verdict
from tests.resilience.launcher import Trap, left
from tests.resilience.people import FAULTS, PROFILES
from tests.resilience.talks import (
    KINDS,
    PARTS,
    Came,
    Heard,
    Late,
    Talk,
    disordered,
    draw_talks,
    fastest,
    late,
    placed,
    unknowing,
)

TALK = Talk(0, frozenset({0, 2, 5}), frozenset({4}), faults=())


def said(*parts: int, stage: int = PARTS) -> list[Text]:
    return [
        Text(f"SM{part}", TALK.phone, f"Talk 0, part {part}, stage {min(stage, part)}.") for part in parts
    ]


def test_a_talk_begins_without_a_name_and_ties_both_ids_before_it_goes_on_by_name() -> None:
    batches = TALK.requests()

    ids = [sorted(name for name in event if name.endswith("Id")) for batch in batches for event in batch]
    assert ids[:3] == [["anonymousId", "messageId"]] * 3
    assert ids[3] == ["anonymousId", "messageId", "userId"]
    assert ids[4:] == [["messageId", "userId"]] * (len(ids) - 4)
    assert [len(batch) for batch in batches] == [2, 1, 2, 2, 2, 1, 1, 1, 1]


def test_every_drawn_talk_has_all_its_parts_in_order() -> None:
    for talk in draw_talks(20, 7, PROFILES["nasty"]):
        tracks = [event for batch in talk.requests() for event in batch if event["type"] == "track"]
        assert [event["messageId"] for event in tracks] == [line.message_id for line in talk.lines()]


def test_talks_run_into_all_that_is_told_afterwards_and_only_the_last_third_slow_their_sender_down() -> None:
    talks = draw_talks(900, 7, PROFILES["nasty"])

    met = [{kind for kind in FAULTS for fault in talk.faults if FAULTS[kind][1] == fault} for talk in talks]
    assert set.union(*met[:600]) == {*KINDS}
    assert set.union(*met[600:]) == {*KINDS, "429"}
    assert [talk.faults for talk in draw_talks(900, 7, PROFILES["calm"]) if talk.faults] == []


def came(*requests: tuple[int, float]) -> list[Came]:
    return [Came(Heard(0, part, part), at) for part, at in requests]


@pytest.mark.parametrize(
    ("requests", "found"),
    [
        pytest.param([(0, 1), (1, 2), (2, 3), (3, 4)], [], id="in order"),
        pytest.param([(0, 1), (2, 3), (1, 2)], [], id="in order, whatever order they are told in"),
        pytest.param([(0, 1), (2, 2), (1, 3), (3, 4)], [Late("talk-0-1", 2, 2)], id="overtaken by one"),
        pytest.param(
            [(2, 1), (0, 2), (3, 3), (1, 4)],
            [Late("talk-0-0", 2, 1), Late("talk-0-1", 2, 1)],
            id="overtaken by several, of which the first counts",
        ),
        pytest.param([(0, 1), (1, 2), (2, 3), (1, 4)], [], id="tried again after the next one"),
        pytest.param([(0, 1), (3, 2)], [], id="without some"),
    ],
)
def test_a_text_is_late_where_a_later_part_was_received_before_its_first_request(
    requests: list[tuple[int, float]], found: list[Late]
) -> None:
    assert late([TALK], came(*requests)) == found


@pytest.mark.parametrize(
    ("begun", "received", "excused"),
    [
        pytest.param([1.0], [3.0], False, id="its only attempt came late"),
        pytest.param([], [3.0], False, id="the ledger knows of none"),
        pytest.param([1.0, 2.5], [3.0], True, id="one began in its turn, and nothing of it came"),
        pytest.param([2.1, 2.5], [3.0], False, id="the one that was lost began too late"),
        pytest.param([1.0, 4.0], [3.0, 5.0], False, id="each came, and it was tried again"),
        pytest.param([1.0, 1.5], [], True, id="nothing of it came at all"),
    ],
)
def test_only_an_attempt_in_its_turn_of_which_nothing_came_excuses_it(
    begun: list[float], received: list[float], excused: bool
) -> None:
    found = disordered([Late("talk-0-1", 2, 2.0)], {"talk-0-1": begun}, {"talk-0-1": received})

    sentence = "talk-0-1 came after part 2, and no attempt of it was lost before that"
    assert found == ([] if excused else [sentence])


def test_when_requests_left_is_told_by_their_sender(tmp_path: Path) -> None:
    file = tmp_path / "kill-at"
    before = time.time()
    for sender in ("+12025550100", "+15005550006", "+12025550100"):
        Trap(file).leave(HttpRequest("POST", "https://example.com", form=(("From", sender),)))

    times = left(file, "+12025550100")

    assert len(times) == 2
    assert before <= times[0] <= times[1] <= time.time()
    assert left(tmp_path / "other", "+12025550100") == []


def test_a_text_knows_of_the_identify_before_it() -> None:
    assert unknowing([TALK], said(0, 3, 6)) == []
    assert unknowing([TALK], said(6, stage=2)) == ["talk 0, part 6 knows of stage 2, and comes after 5"]


def test_the_parts_of_a_talk_are_told_apart_whatever_they_know() -> None:
    [line] = [one for one in TALK.lines() if one.message_id == "talk-0-6"]

    [text] = map(placed, said(6, stage=5))

    assert (text.to, text.body) == (line.phone, line.text)


def test_the_fastest_span_is_any_and_not_one_from_the_start() -> None:
    assert fastest([], 10) == 0
    assert fastest([0, 1, 9.9], 10) == 3
    assert fastest([0, 9, 10, 18.9, 19], 10) == 3


def test_what_was_looked_at_besides_counts_in_the_verdict() -> None:
    verdict = Verdict(1, 1, further={"out of order": ["talk-0-1"], "too fast": []})

    assert not verdict.good
    assert verdict.summary(7) == (
        "chaos: doubled 0, lost 0, unexplained 0, out of order 1, too fast 0 of 1 (seed 7, kills 0)"
    )
    assert list(verdict.lines())[-1] == "  out of order: talk-0-1"
