"""Who agreed to what."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations.kit import Channel, Consent, ConsentStatus
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel, state, words_of
from tests.factories import ANN, BOB, NOW, browser, event, identify, later, source, track, word

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


def said(
    raw: dict[str, Any], phone: str | None = None, country: str | None = None, **of: Any
) -> list[tuple[Any, ...]]:
    words = words_of(event(raw), source(**of), country, phone)
    return [(one.phone, one.channel, one.status, one.source) for one in words]


def test_a_subscription_of_the_context_is_a_word() -> None:
    items = [
        {"key": ANN, "type": "SMS", "status": "SUBSCRIBED"},
        {"key": ANN, "type": "whatsapp", "status": "Unsubscribed"},
        {"key": BOB, "type": "sms", "status": "DID_NOT_SUBSCRIBE"},
        {"key": "ann@example.com", "type": "EMAIL", "status": "SUBSCRIBED"},
        {"key": ANN, "status": "SUBSCRIBED"},
        {"key": ANN, "type": "SMS", "status": "perhaps"},
        {"key": ANN, "type": "SMS"},
        {"key": 5, "type": 5, "status": 5},
        "SUBSCRIBED",
    ]

    assert said(track(context={"messaging_subscriptions": items})) == [
        (ANN, Channel.SMS, YES, "messaging_subscriptions"),
        (ANN, Channel.WHATSAPP, NO, "messaging_subscriptions"),
        (BOB, Channel.SMS, MAYBE, "messaging_subscriptions"),
    ]


@pytest.mark.parametrize("where", ["external_ids", "context.externalIds"])
def test_an_external_ids_status_is_a_word(where: str) -> None:
    items = [
        {"id": ANN, "type": "phone", "isSubscribed": True},
        {"id": ANN, "type": "phone", "channelType": "whatsapp", "isSubscribed": "false"},
        {"id": BOB, "type": "phone", "channelType": "SMS", "isSubscribed": False},
        {"id": BOB, "type": "phone", "isSubscribed": None},
        {"id": BOB, "type": "phone", "channelType": "fax", "isSubscribed": True},
        {"id": BOB, "type": "email", "isSubscribed": True},
        {"id": "nobody", "type": "phone", "isSubscribed": True},
    ]
    raw = track(external_ids=items) if where == "external_ids" else track(context={"externalIds": items})

    assert said(raw) == [
        (ANN, Channel.SMS, YES, "external_id"),
        (ANN, Channel.WHATSAPP, NO, "external_id"),
        (BOB, Channel.SMS, NO, "external_id"),
    ]


def test_an_opt_in_trait_of_an_identify_is_a_word_for_the_persons_number() -> None:
    raw = identify(traits={"sms_opt_in": True, "whatsapp_opt_in": False})

    assert said(raw, phone=ANN) == [
        (ANN, Channel.SMS, YES, "opt_in_trait"),
        (ANN, Channel.WHATSAPP, NO, "opt_in_trait"),
    ]
    assert said(raw, phone=None) == []
    assert said(track(traits={"sms_opt_in": True}), phone=ANN) == []


@pytest.mark.parametrize("value", ["true", 1, None, "yes", [True]])
def test_an_opt_in_trait_that_is_no_boolean_says_nothing(value: Any) -> None:
    assert said(identify(traits={"sms_opt_in": value}), phone=ANN) == []


def test_the_opt_in_traits_are_those_of_the_source() -> None:
    raw = identify(traits={"sms_opt_in": True, "texts_please": False})

    assert said(raw, phone=ANN, sms_opt_in_trait="texts_please") == [(ANN, Channel.SMS, NO, "opt_in_trait")]


def test_a_national_number_needs_the_sources_country() -> None:
    raw = track(external_ids=[{"id": "(202) 555-0101", "type": "phone", "isSubscribed": True}])

    assert said(raw, country="US") == [(ANN, Channel.SMS, YES, "external_id")]
    assert said(raw) == []


def test_a_browser_source_only_revokes() -> None:
    items = [
        {"key": ANN, "type": "SMS", "status": "SUBSCRIBED"},
        {"key": BOB, "type": "SMS", "status": "UNSUBSCRIBED"},
        {"key": BOB, "type": "SMS", "status": "DID_NOT_SUBSCRIBE"},
    ]
    raw = identify(
        traits={"sms_opt_in": True, "whatsapp_opt_in": False}, context={"messaging_subscriptions": items}
    )

    words = words_of(event(raw), browser(), None, ANN)

    assert [(one.phone, one.channel, one.status) for one in words] == [
        (ANN, Channel.WHATSAPP, NO),
        (BOB, Channel.SMS, NO),
    ]


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["SUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED"], NO),
        (["UNSUBSCRIBED", "DID_NOT_SUBSCRIBE"], NO),
        (["DID_NOT_SUBSCRIBE", "SUBSCRIBED"], MAYBE),
        (["SUBSCRIBED"] * 400, YES),
    ],
)
def test_of_several_words_of_one_event_for_a_number_the_most_careful_is_kept(
    statuses: list[str], status: ConsentStatus
) -> None:
    items = [{"key": ANN, "type": "SMS", "status": one} for one in statuses]

    assert said(track(context={"messaging_subscriptions": items})) == [
        (ANN, Channel.SMS, status, "messaging_subscriptions")
    ]


def test_an_event_speaks_of_no_more_than_its_first_fifty_numbers() -> None:
    items = [
        {"key": f"+1303555{place:04}", "type": kind, "status": "SUBSCRIBED"}
        for place in range(400)
        for kind in ("EMAIL", "SMS", "WHATSAPP")
    ]
    raw = identify(traits={"sms_opt_in": True}, context={"messaging_subscriptions": items})

    numbers = {one[0] for one in said(raw, phone=ANN)}

    assert len(said(raw, phone=ANN)) == 1 + 2 * 49
    assert numbers == {ANN} | {f"+1303555{place:04}" for place in range(49)}


def test_a_word_has_the_time_of_its_event_but_never_one_to_come() -> None:
    raw = identify(timestamp="2026-11-21T11:00:00Z")
    ahead = identify(timestamp="2036-11-21T11:00:00Z")

    (before,) = words_of(event(raw), source(), None, ANN)
    (after,) = words_of(event(ahead), source(), None, ANN)

    assert (before.occurred_at, before.received_at) == (later(-3600), NOW)
    assert (after.occurred_at, after.received_at) == (NOW, NOW)
    assert before.evidence == {"method": "opt_in_trait", "messageId": "m-0", "sourceId": "src_server"}
    assert not before.own_word


def test_a_word_for_whatsapp_is_about_the_person_whichever_form_of_the_number_it_names() -> None:
    items = [
        {"key": "+55 11 8765-4321", "type": "whatsapp", "status": "subscribed"},
        {"key": "+5511987654321", "type": "whatsapp", "status": "unsubscribed"},
        {"key": "+55 11 8765-4321", "type": "sms", "status": "subscribed"},
        {"key": "+52 1 55 1234 5678", "type": "whatsapp", "status": "subscribed"},
    ]

    assert [one[:3] for one in said(track(context={"messaging_subscriptions": items}))] == [
        ("+5511987654321", Channel.WHATSAPP, ConsentStatus.UNSUBSCRIBED),
        ("+551187654321", Channel.SMS, ConsentStatus.SUBSCRIBED),
        ("+525512345678", Channel.WHATSAPP, ConsentStatus.SUBSCRIBED),
    ]


def test_an_opt_in_for_whatsapp_names_its_person_by_a_form_that_nobody_dials_any_more() -> None:
    traits = {"phone": "+5215512345678", "whatsapp_opt_in": True, "sms_opt_in": True}

    assert said(identify(traits=traits)) == [
        ("+525512345678", Channel.WHATSAPP, ConsentStatus.SUBSCRIBED, ConsentSource.TRAIT)
    ]
