"""Who agreed to what."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations.kit import Channel, Consent, ConsentStatus
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel, state
from tests.factories import NOW, later, word

YES, NO, MAYBE = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED, ConsentStatus.UNKNOWN
PROVIDER, ADMIN, TRAIT = ConsentSource.PROVIDER, ConsentSource.ADMIN, ConsentSource.TRAIT


def stop(at: float) -> ConsentEntry:
    return word(NO, at, own_word=True, source=PROVIDER)


def start(at: float) -> ConsentEntry:
    return word(YES, at, own_word=True, source=PROVIDER)


def admin(status: ConsentStatus, at: float) -> ConsentEntry:
    return word(status, at, source=ADMIN)


@pytest.mark.parametrize(
    ("words", "status", "stopped", "at"),
    [
        ([word(YES, 1)], YES, False, 1),
        ([word(YES, 1), word(NO, 2)], NO, False, 2),
        ([word(NO, 1), word(YES, 2)], YES, False, 2),
        ([word(YES, 1), word(NO, 1)], NO, False, 1),
        ([word(YES, 1), word(MAYBE, 1)], MAYBE, False, 1),
        ([word(YES, 1), word(MAYBE, 2)], MAYBE, False, 2),
        ([word(NO, 1), word(MAYBE, 2)], NO, False, 1),
        ([word(MAYBE, 1), word(YES, 2)], YES, False, 2),
        ([stop(1), word(YES, 2)], NO, True, 1),
        ([stop(1), start(2)], YES, False, 2),
        ([stop(1), start(1)], NO, True, 1),
        ([start(1), stop(2)], NO, True, 2),
        ([stop(1), start(2), stop(3)], NO, True, 3),
        ([stop(1), start(2), word(NO, 3)], NO, False, 3),
        ([stop(2), start(1)], NO, True, 2),
        ([stop(1), admin(YES, 2)], YES, False, 2),
        ([stop(2), admin(YES, 1)], NO, True, 2),
        ([stop(1), admin(YES, 1)], NO, True, 1),
        ([stop(1), admin(NO, 2)], NO, True, 1),
        ([stop(1), admin(YES, 2), word(NO, 3), word(YES, 4)], YES, False, 4),
        ([stop(3), word(YES, 9), word(YES, 10)], NO, True, 3),
        ([word(NO, 5), stop(3), start(4)], NO, False, 5),
    ],
)
def test_what_stands_of_all_that_was_said(
    words: list[ConsentEntry], status: ConsentStatus, stopped: bool, at: float
) -> None:
    for order in permutations(words):
        stands = state(order)

        assert stands is not None
        assert (stands.status, stands.stopped, stands.changed_at) == (status, stopped, later(at))


def test_of_nothing_said_nothing_is_known() -> None:
    assert state([]) is None


def test_it_names_where_the_word_came_from() -> None:
    assert state([word(YES)]) == Consent(YES, NOW, stopped=False, source="opt_in_trait")


_words = st.builds(
    lambda status, at, own, origin: word(status, at, own_word=own, source=origin),
    st.sampled_from([YES, NO, MAYBE]),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from([TRAIT, ADMIN, PROVIDER]),
)


@given(st.lists(_words, max_size=6), st.randoms())
def test_the_order_of_arrival_changes_nothing(words: list[ConsentEntry], random: Any) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)

    one, other = state(words), state(shuffled)

    assert (one is None) is (other is None)
    if one is not None and other is not None:
        assert (one.status, one.stopped, one.changed_at) == (other.status, other.stopped, other.changed_at)


@given(st.lists(_words, max_size=6), st.integers(0, 5))
def test_no_word_of_somebody_else_lifts_a_stop(words: list[ConsentEntry], at: int) -> None:
    others = [one for one in words if not one.own_word and one.source != ADMIN]

    stands = state([*others, stop(at)])

    assert stands is not None
    assert stands.stopped


@given(st.lists(_words, max_size=12))
def test_the_latest_of_each_kind_of_word_decide_as_all_do(words: list[ConsentEntry]) -> None:
    numbered = list(enumerate(words))
    kinds: dict[object, tuple[int, ConsentEntry]] = {}
    for place, one in sorted(numbered, key=lambda pair: (pair[1].occurred_at, pair[0])):
        kinds[one.status, one.own_word, one.source == ADMIN] = (place, one)
    few = [one for _place, one in sorted(kinds.values(), key=lambda pair: pair[0])]

    assert state(few) == state(words)


def test_sms_and_mms_share_their_consent() -> None:
    assert [ledger_channel(channel) for channel in Channel] == [Channel.SMS, Channel.SMS, Channel.WHATSAPP]
