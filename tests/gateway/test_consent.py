"""Who agreed to what."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from destinations.kit import Channel, Consent, ConsentStatus, StopReach
from gateway.consent import KEPT, ConsentEntry, ConsentSource, ledger_channel, standing, state
from tests.factories import NOW, later, word

YES, NO, MAYBE = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED, ConsentStatus.UNKNOWN
PENDING = ConsentStatus.PENDING
PROVIDER, ADMIN, TRAIT = ConsentSource.PROVIDER, ConsentSource.ADMIN, ConsentSource.TRAIT


ONE, TWO, THREE = "+12025550100", "+12025550101", "+12025550102"
SERVICE = "MG00000000000000000000000000000001"
ALL, SENDER, MARKETING = StopReach


def stop(at: float, sender: str | None = None, **of: Any) -> ConsentEntry:
    return word(NO, at, own_word=True, source=PROVIDER, sender=sender, **of)


def start(at: float, sender: str | None = None, **of: Any) -> ConsentEntry:
    return word(YES, at, own_word=True, source=PROVIDER, sender=sender, **of)


def admin(status: ConsentStatus, at: float, sender: str | None = None) -> ConsentEntry:
    return word(status, at, source=ADMIN, sender=sender)


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
        ([word(PENDING, 1)], PENDING, False, 1),
        ([word(PENDING, 1), word(YES, 2)], YES, False, 2),
        ([word(YES, 1), word(PENDING, 2)], YES, False, 1),
        ([word(NO, 1), word(PENDING, 2)], PENDING, False, 2),
        ([word(NO, 1), word(PENDING, 1)], NO, False, 1),
        ([word(PENDING, 1), word(NO, 2)], NO, False, 2),
        ([word(YES, 1), word(NO, 2), word(PENDING, 3)], PENDING, False, 3),
        ([word(YES, 1), word(MAYBE, 2), word(PENDING, 3)], PENDING, False, 3),
        ([word(PENDING, 1), word(MAYBE, 2)], PENDING, False, 1),
        ([stop(1), word(PENDING, 2)], NO, True, 1),
        ([stop(1), word(PENDING, 2), start(3)], YES, False, 3),
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
    assert state([word(YES)]) == Consent(YES, NOW, stopped=False, in_words=word(YES).in_words)


SHUT, NO_ADS, OPEN = "everything is stopped", "marketing is stopped", "nothing is stopped"


def at_each(words: Iterable[ConsentEntry], *senders: str | None) -> list[str]:
    """What a stop does to each sender."""
    words = list(words)
    return [shut(state(words, sender)) for sender in senders]


def shut(stands: Consent | None) -> str:
    if stands is None or not (stands.stopped or stands.marketing_stopped):
        return OPEN
    return SHUT if stands.stopped else NO_ADS


@pytest.mark.parametrize(
    ("words", "of_one", "of_two", "of_three", "of_unknown"),
    [
        # A stop is wide.
        ([stop(1, ONE)], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(1, ONE, reach=ALL)], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(1)], SHUT, SHUT, SHUT, SHUT),
        ([stop(1, "+1 (202) 555-0100")], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(1, f"whatsapp:{ONE}")], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(1, ONE), stop(2, TWO)], SHUT, SHUT, NO_ADS, SHUT),
        # A start is narrow.
        ([stop(1, ONE), start(2, TWO)], SHUT, OPEN, NO_ADS, SHUT),
        ([stop(1, ONE), start(2, ONE)], OPEN, OPEN, OPEN, OPEN),
        ([stop(1, ONE), start(2, TWO), start(3, ONE)], OPEN, OPEN, OPEN, OPEN),
        ([stop(1, ONE), start(2, TWO), stop(3, TWO)], SHUT, SHUT, NO_ADS, SHUT),
        ([stop(1, ONE), start(2, TWO), stop(3, THREE)], SHUT, NO_ADS, SHUT, SHUT),
        ([stop(1, ONE), stop(2, TWO), start(3, ONE)], OPEN, SHUT, NO_ADS, SHUT),
        ([stop(1, ONE), start(1, ONE)], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(2, ONE), start(1, ONE)], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(1), start(2, ONE)], OPEN, SHUT, SHUT, SHUT),
        ([stop(1), start(2)], OPEN, OPEN, OPEN, OPEN),
        ([stop(1, ONE), start(2)], SHUT, NO_ADS, NO_ADS, SHUT),
        # Nobody else's yes lifts it, but an admin's does.
        ([stop(1, ONE), word(YES, 2)], SHUT, NO_ADS, NO_ADS, SHUT),
        ([stop(1, ONE), admin(YES, 2)], OPEN, OPEN, OPEN, OPEN),
        ([stop(1, ONE), admin(YES, 2, TWO)], SHUT, OPEN, NO_ADS, SHUT),
        ([stop(1, ONE), admin(YES, 2, ONE)], OPEN, OPEN, OPEN, OPEN),
        ([stop(2, ONE), admin(YES, 1)], SHUT, NO_ADS, NO_ADS, SHUT),
        # A refusal of one sender is that one's.
        ([stop(1, ONE, reach=SENDER)], SHUT, OPEN, OPEN, SHUT),
        ([start(1, TWO), stop(2, ONE, reach=SENDER)], SHUT, OPEN, OPEN, SHUT),
        ([stop(1, ONE, reach=SENDER), start(2, ONE)], OPEN, OPEN, OPEN, OPEN),
        ([stop(1, reach=SENDER)], SHUT, SHUT, SHUT, SHUT),
        ([stop(1, ONE), start(2, TWO), stop(3, ONE, reach=SENDER)], SHUT, OPEN, NO_ADS, SHUT),
        # No marketing.
        ([stop(1, ONE, reach=MARKETING)], NO_ADS, NO_ADS, NO_ADS, NO_ADS),
        ([stop(1, reach=MARKETING)], NO_ADS, NO_ADS, NO_ADS, NO_ADS),
        ([stop(1, ONE, reach=MARKETING), start(2, ONE)], OPEN, OPEN, OPEN, OPEN),
        ([stop(1, ONE, reach=MARKETING), start(2, TWO)], NO_ADS, OPEN, NO_ADS, NO_ADS),
        ([stop(1, ONE, reach=MARKETING), stop(2, ONE, reach=SENDER)], SHUT, NO_ADS, NO_ADS, SHUT),
    ],
)
def test_a_stop_is_wide_and_a_start_is_narrow(
    words: list[ConsentEntry], of_one: str, of_two: str, of_three: str, of_unknown: str
) -> None:
    for order in permutations(words):
        assert at_each(order, ONE, TWO, THREE, None) == [of_one, of_two, of_three, of_unknown]


@pytest.mark.parametrize(
    ("words", "of_one", "of_two", "of_service"),
    [
        ([stop(1, ONE, service=SERVICE)], SHUT, NO_ADS, SHUT),
        ([stop(1, service=SERVICE)], NO_ADS, NO_ADS, SHUT),
        ([stop(1, SERVICE, reach=SENDER)], OPEN, OPEN, SHUT),
        ([stop(1, ONE, service=SERVICE), start(2, ONE, service=SERVICE)], OPEN, OPEN, OPEN),
        ([stop(1, ONE, service=SERVICE), start(2, TWO, service=SERVICE)], SHUT, OPEN, OPEN),
        ([stop(1, SERVICE, reach=SENDER), start(2, ONE, service=SERVICE)], OPEN, OPEN, OPEN),
    ],
)
def test_a_word_to_a_number_of_a_service_is_one_to_the_service(
    words: list[ConsentEntry], of_one: str, of_two: str, of_service: str
) -> None:
    assert at_each(words, ONE, TWO, SERVICE) == [of_one, of_two, of_service]


def test_short_codes_and_names_are_senders_too() -> None:
    words = [stop(1, "12345"), start(2, "Helio")]

    assert at_each(words, "12345", "whatsapp:12345", "12346", "Helio") == [SHUT, SHUT, NO_ADS, OPEN]


def test_what_passes_a_stop_of_another_sender_rests_on_what_else_was_said() -> None:
    agreed, unasked = [word(YES, 0), stop(1, ONE)], [stop(1, ONE)]

    yes, stopped = agreed[0].in_words, agreed[1].in_words

    assert state(agreed, TWO) == Consent(
        YES, NOW, marketing_stopped=True, in_words=yes, stop_in_words=stopped, said_to=ONE
    )
    assert state(unasked, TWO) == Consent(
        MAYBE, later(1), marketing_stopped=True, in_words=stopped, stop_in_words=stopped, said_to=ONE
    )
    assert state(agreed, ONE) == Consent(
        NO, later(1), stopped=True, in_words=stopped, stop_in_words=stopped, said_to=ONE
    )


IDENTIFIED = {"method": "opt_in_trait", "where": "traits.sms_opt_in", "call": "identify", "messageId": "m-1"}
PAPER = {
    "method": "web form",
    "wordingVersion": "v2",
    "url": "https://example.com/join?t=1",
    "ip": "203.0.113.9",
    "note": "on the second call",
    "recordedBy": "ada",
    "at": "2026-03-03T10:00:00Z",
}
ON_3_MARCH = datetime(2026, 3, 3, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "in_words"),
    [
        (
            word(YES, source=TRAIT, evidence=IDENTIFIED),
            "subscribed by traits.sms_opt_in of an identify on 3 March 2026",
        ),
        (
            word(NO, source=TRAIT, evidence=IDENTIFIED | {"where": "properties.sms_opt_in", "call": "track"}),
            "unsubscribed by properties.sms_opt_in of a track on 3 March 2026",
        ),
        (
            word(YES, source=ConsentSource.SUBSCRIPTION, evidence={"method": "messaging_subscriptions"}),
            "subscribed by context.messaging_subscriptions of an event on 3 March 2026",
        ),
        (
            word(MAYBE, source=ConsentSource.EXTERNAL_ID, evidence=None),
            "said to be unknown by an external id of an event on 3 March 2026",
        ),
        (
            word(YES, source=ADMIN, evidence=PAPER),
            "subscribed by web form on 3 March 2026, wording v2, recorded by an admin",
        ),
        (
            word(NO, source=ConsentSource.OPERATOR, evidence={"method": "phone  call\n" + "x" * 60}),
            f"unsubscribed by phone call {'x' * 49}… on 3 March 2026, recorded by an operator",
        ),
        (
            word(NO, own_word=True, source=PROVIDER, sender=ONE, evidence={"method": "keyword STOP"}),
            "stopped by keyword STOP on 3 March 2026, said to +12025550100",
        ),
        (
            word(YES, own_word=True, source=PROVIDER, service=SERVICE, evidence={"method": "keyword START"}),
            f"started by keyword START on 3 March 2026, said to {SERVICE}",
        ),
        (
            word(NO, own_word=True, source=PROVIDER, sender=ONE, evidence={"method": "Twilio error 21610"}),
            "stopped by Twilio error 21610 on 3 March 2026, said to +12025550100",
        ),
        (
            word(NO, own_word=True, source=PROVIDER, evidence={"method": ""}),
            "stopped on 3 March 2026",
        ),
        (
            word(NO, own_word=True, source=ConsentSource.REVIEW, sender=ONE, evidence={"note": "clear"}),
            "stopped by a message of theirs on 3 March 2026, which somebody read as a stop, said to +12025550100",
        ),
        (
            word(NO, own_word=True, source=PROVIDER, sender=ONE, evidence={"method": KEPT}),
            "stopped on 3 March 2026, kept when the person was erased, said to +12025550100",
        ),
        (
            word(YES, source="list", evidence={"method": "newsletter", "wordingVersion": 7}),
            "subscribed by newsletter on 3 March 2026, from list",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_word_in_words_is_who_said_it_by_what_and_on_which_day(said: ConsentEntry, in_words: str) -> None:
    assert replace(said, occurred_at=ON_3_MARCH).in_words == in_words


def test_the_words_that_decide_are_named_once_each() -> None:
    first, second, third = word(YES, 0), stop(1, ONE), start(2, TWO)
    refused = stop(3, THREE, reach=SENDER)

    assert standing([]) == []
    assert standing([first]) == [first]
    assert standing([first, second]) == [second]
    assert standing([first, second, third]) == [second, third]
    assert standing([first, refused]) == [first, refused]
    assert standing([first, second, start(4, ONE)]) == [start(4, ONE)]


_senders = st.sampled_from([None, ONE, TWO, THREE, SERVICE])
_words = st.builds(
    lambda status, at, own, origin, sender, service, reach: word(
        status,
        at,
        own_word=own and status is not PENDING,
        source=origin,
        sender=sender if own or origin == ADMIN else None,
        service=service if own else None,
        reach=reach if own and status is NO else None,
    ),
    st.sampled_from([YES, NO, MAYBE, PENDING]),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from([TRAIT, ADMIN, PROVIDER]),
    _senders,
    st.sampled_from([None, None, SERVICE]),
    st.sampled_from([None, *StopReach]),
)


@given(st.lists(_words, max_size=6), _senders, st.randoms())
def test_the_order_of_arrival_changes_nothing(
    words: list[ConsentEntry], sender: str | None, random: Any
) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)

    one, other = state(words, sender), state(shuffled, sender)

    assert (one is None) is (other is None)
    if one is not None and other is not None:
        assert (one.status, one.stopped, one.marketing_stopped, one.changed_at) == (
            other.status,
            other.stopped,
            other.marketing_stopped,
            other.changed_at,
        )


@given(st.lists(_words, max_size=6), _senders, st.integers(0, 5))
def test_no_word_of_somebody_else_lifts_a_stop(
    words: list[ConsentEntry], sender: str | None, at: int
) -> None:
    others = [one for one in words if not one.own_word and one.source != ADMIN]

    stands = state([*others, stop(at, sender)], sender)

    assert stands is not None
    assert stands.stopped


@given(st.lists(_words, max_size=8), st.sampled_from([ONE, TWO, THREE, SERVICE]), st.integers(0, 5))
def test_no_start_elsewhere_opens_a_sender_that_somebody_said_stop_to(
    words: list[ConsentEntry], sender: str, at: int
) -> None:
    elsewhere = [one for one in words if not one.lifts or sender not in one.places]
    without_admins = [one for one in elsewhere if one.source != ADMIN]

    assert shut(state([*without_admins, stop(at, sender)], sender)) == SHUT


@given(st.lists(_words, max_size=8), _senders, st.integers(0, 9))
def test_a_yes_of_an_event_changes_no_stop(words: list[ConsentEntry], sender: str | None, at: int) -> None:
    assert shut(state([*words, word(YES, at)], sender)) == shut(state(words, sender))


@given(st.lists(_words, max_size=8), _senders, _senders, st.integers(0, 5))
def test_one_more_stop_opens_nothing(
    words: list[ConsentEntry], said_to: str | None, sender: str | None, at: int
) -> None:
    rank = [OPEN, NO_ADS, SHUT].index

    assert rank(shut(state([*words, stop(at, said_to)], sender))) >= rank(shut(state(words, sender)))


@given(st.lists(_words, max_size=12), _senders)
def test_the_latest_of_each_kind_of_word_decide_as_all_do(
    words: list[ConsentEntry], sender: str | None
) -> None:
    numbered = list(enumerate(words))
    kinds: dict[object, tuple[int, ConsentEntry]] = {}
    for place, one in sorted(numbered, key=lambda pair: (pair[1].occurred_at, pair[0])):
        said = (one.sender, one.service, one.status, one.own_word, one.reach)
        kinds[(*said, one.source == ADMIN)] = (place, one)
    few = [one for _place, one in sorted(kinds.values(), key=lambda pair: pair[0])]

    assert state(few, sender) == state(words, sender)


@given(st.lists(_words, max_size=8), _senders, st.integers(0, 9))
def test_what_is_pending_subscribes_nobody_and_takes_nothing_from_who_is(
    words: list[ConsentEntry], sender: str | None, at: int
) -> None:
    before, after = state(words, sender), state([*words, word(PENDING, at)], sender)

    assert after is not None
    if before is not None and before.status is YES:
        assert after == before
    else:
        assert after.status is not YES


def test_sms_and_mms_share_their_consent() -> None:
    assert [ledger_channel(channel) for channel in Channel] == [Channel.SMS, Channel.SMS, Channel.WHATSAPP]
