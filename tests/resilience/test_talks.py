"""What a run over several processes looks at besides its books: the order of each person, what they know, and the pace."""

import pytest

from tests.resilience.books import Text, Verdict
from tests.resilience.people import PROFILES
from tests.resilience.talks import (
    PARTS,
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


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ((0, 1, 2, 3), []),
        ((0, 2, 1, 3), [Late("talk-0-1", 2)]),
        ((2, 0, 1), [Late("talk-0-0", 2), Late("talk-0-1", 2)]),
        ((0, 3), []),
    ],
)
def test_a_text_is_late_where_a_later_part_came_before_it(parts: tuple[int, ...], found: list[Late]) -> None:
    assert late([TALK], said(*parts)) == found


@pytest.mark.parametrize(
    ("outcomes", "excused"),
    [
        (["ACCEPTED"], False),
        (None, False),
        (["UNCERTAIN"], True),
        (["THROTTLED", "ACCEPTED"], True),
    ],
)
def test_only_an_attempt_that_went_wrong_excuses_it(outcomes: list[str] | None, excused: bool) -> None:
    known = {} if outcomes is None else {"talk-0-1": outcomes}

    assert (disordered([Late("talk-0-1", 2)], known) == []) is excused


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
