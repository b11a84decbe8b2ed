"""What an event says of consent."""

import json
from typing import Any

import pytest

from destinations.kit import Channel, ConsentStatus
from gateway.consent import ConsentSource
from gateway.events import Doubt
from gateway.statements import Heard, heard
from tests.factories import ANN, BOB, NOW, browser, event, identify, later, source, track

YES, NO, MAYBE = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED, ConsentStatus.UNKNOWN


def said(
    raw: dict[str, Any], phone: str | None = None, country: str | None = None, **of: Any
) -> list[tuple[Any, ...]]:
    words = heard(event(raw), source(**of), country, phone).words
    return [(one.phone, one.channel, one.status, one.source) for one in words]


def doubts(raw: dict[str, Any], phone: str | None = None) -> list[str]:
    return [doubt.message for doubt in heard(event(raw), source(), None, phone).doubts]


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


@pytest.mark.parametrize(
    "value", ["true", "Yes", " YES ", "1", 1, 1.0, "on", "subscribed", "opted-in", "\uff59\uff45\uff53"]
)
def test_an_opt_in_trait_says_yes_in_many_words(value: Any) -> None:
    assert said(identify(traits={"sms_opt_in": value}), phone=ANN) == [
        (ANN, Channel.SMS, YES, "opt_in_trait")
    ]


NOES: list[Any] = [
    "false",
    "No",
    " no ",
    "0",
    0,
    0.0,
    "off",
    "unsubscribed",
    "opted_out",
    "Opt Out",
    "opt-out",
    False,
    "\uff2e\uff2f",
]


@pytest.mark.parametrize("value", NOES)
def test_a_no_is_read_in_many_words_in_all_three_places(value: Any) -> None:
    trait = identify(traits={"sms_opt_in": value})
    subscription = track(context={"messaging_subscriptions": [{"key": ANN, "type": "SMS", "status": value}]})
    external_id = track(external_ids=[{"id": ANN, "type": "phone", "isSubscribed": value}])

    assert [said(raw, phone=ANN) for raw in (trait, subscription, external_id)] == [
        [(ANN, Channel.SMS, NO, "opt_in_trait")],
        [(ANN, Channel.SMS, NO, "messaging_subscriptions")],
        [(ANN, Channel.SMS, NO, "external_id")],
    ]


@pytest.mark.parametrize("value", ["yes", "1", 1, "on", "opted_in", "granted"])
def test_a_status_says_yes_by_its_own_words_alone(value: Any) -> None:
    subscription = track(context={"messaging_subscriptions": [{"key": ANN, "type": "SMS", "status": value}]})
    external_id = track(external_ids=[{"id": ANN, "type": "phone", "isSubscribed": value}])

    assert said(subscription) == said(external_id) == []
    assert doubts(subscription) == [
        (
            f"context.messaging_subscriptions[0].status came as {json.dumps(value)}, which says neither yes nor no: it does not "
            "count. Write subscribed, unsubscribed, true or false, or null where nothing is known."
        )
    ]
    assert len(doubts(external_id)) == 1


@pytest.mark.parametrize(
    "value", ["maybe", 2, -1, "-1", 0.5, [True], ["no"], {"value": False}, "null", "yes/no", "10"]
)
def test_what_an_opt_in_trait_says_that_nobody_can_read_does_not_count_and_is_told(value: Any) -> None:
    raw = identify(traits={"sms_opt_in": value})

    assert said(raw, phone=ANN) == []
    assert doubts(raw, phone=ANN) == [
        (
            f"traits.sms_opt_in came as {json.dumps(value)}, which says neither yes nor no: it does not count. "
            "Write true or false."
        )
    ]


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_opt_in_trait_of_nothing_says_nothing_and_is_no_doubt(value: Any) -> None:
    raw = identify(traits={"sms_opt_in": value})

    assert heard(event(raw), source(), None, ANN) == Heard()


def test_who_did_not_subscribe_said_neither_yes_nor_no() -> None:
    raw = identify(traits={"sms_opt_in": "did_not_subscribe"})

    assert said(raw, phone=ANN) == [(ANN, Channel.SMS, MAYBE, "opt_in_trait")]


ELSEWHERE = [
    ("track", "context.traits"),
    ("track", "properties"),
    ("page", "properties"),
    ("screen", "properties"),
    ("group", "traits"),
    ("group", "context.traits"),
    ("identify", "context.traits"),
]


def placed(kind: str, where: str, value: Any) -> dict[str, Any]:
    inner: dict[str, Any] = {"sms_opt_in": value}
    place = {"context": {"traits": inner}} if where == "context.traits" else {where: inner}
    own = {"traits": {"sms_opt_in": True}} if kind == "identify" else {}
    return {**track(type=kind, name="Home", groupId="g-1"), **own, **place}


@pytest.mark.parametrize(("kind", "where"), ELSEWHERE)
def test_a_no_in_the_trait_counts_wherever_it_stands(kind: str, where: str) -> None:
    assert said(placed(kind, where, "no"), phone=ANN) == [(ANN, Channel.SMS, NO, "opt_in_trait")]
    assert doubts(placed(kind, where, "no"), phone=ANN) == []


@pytest.mark.parametrize(("kind", "where"), [pair for pair in ELSEWHERE if pair[0] != "identify"])
def test_a_yes_in_the_trait_of_another_call_grants_nothing(kind: str, where: str) -> None:
    assert heard(event(placed(kind, where, True)), source(), None, ANN) == Heard()


@pytest.mark.parametrize(("kind", "where"), ELSEWHERE)
def test_what_can_not_be_read_in_the_trait_is_told_wherever_it_stands(kind: str, where: str) -> None:
    (doubt,) = doubts(placed(kind, where, "perhaps"), phone=ANN)

    assert doubt.startswith(f'{where}.sms_opt_in came as "perhaps"')


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            track(external_ids=[{"id": "nobody", "type": "phone", "isSubscribed": False}]),
            (
                'external_ids[0].isSubscribed says no, which counts for nobody: external_ids[0].id came as "nobody", which is no '
                "phone number. Write it in E.164."
            ),
        ),
        (
            track(context={"messaging_subscriptions": [{"type": "SMS", "status": "UNSUBSCRIBED"}]}),
            (
                "context.messaging_subscriptions[0].status says no, which counts for nobody: there is no number that it could be "
                "about. Send the number with it, in E.164."
            ),
        ),
        (
            track(
                context={
                    "externalIds": [{"id": ANN, "type": "phone", "channelType": "fax", "isSubscribed": "no"}]
                }
            ),
            (
                'context.externalIds[0].channelType came as "fax", which is neither SMS nor WhatsApp: '
                'context.externalIds[0].isSubscribed "no" does not count.'
            ),
        ),
        (
            track(context={"messaging_subscriptions": {"key": ANN, "status": "UNSUBSCRIBED"}}),
            (
                "context.messaging_subscriptions.type came as null, which is neither SMS nor WhatsApp: "
                'context.messaging_subscriptions.status "UNSUBSCRIBED" does not count.'
            ),
        ),
        (
            track(context={"messaging_subscriptions": ["UNSUBSCRIBED"]}),
            'context.messaging_subscriptions[0] came as "UNSUBSCRIBED", which is no object: it counts for nobody.',
        ),
        (
            identify(traits={"sms_opt_in": False}),
            (
                "traits.sms_opt_in says no, which counts for nobody: there is no number that it could be about. Send the number "
                "with it, in E.164."
            ),
        ),
        (
            identify(traits={"phone": "call me", "sms_opt_in": "no"}),
            (
                'traits.sms_opt_in says no, which counts for nobody: the person\'s phone came as "call me", which is no phone '
                "number. Write it in E.164."
            ),
        ),
    ],
)
def test_a_no_that_counts_for_nobody_is_told(raw: dict[str, Any], told: str) -> None:
    assert heard(event(raw), source(), None, None) == Heard(doubts=(Doubt("consent_not_read", told),))


def test_what_is_said_of_other_channels_is_no_doubt() -> None:
    items = [
        {"key": "ann@example.com", "type": "EMAIL", "status": "UNSUBSCRIBED"},
        {"key": "token", "type": "ANDROID_PUSH", "status": "whatever"},
        {"key": "ann@example.com", "status": "UNSUBSCRIBED"},
    ]

    assert doubts(track(context={"messaging_subscriptions": items})) == []


def test_a_no_counts_before_all_that_is_beyond_the_first_fifty_numbers() -> None:
    yes = [{"key": f"+1303555{place:04}", "type": "SMS", "status": "SUBSCRIBED"} for place in range(60)]
    no = {"key": ANN, "type": "SMS", "status": "UNSUBSCRIBED"}
    raw = track(context={"messaging_subscriptions": [*yes, no]})

    assert said(raw)[-1] == (ANN, Channel.SMS, NO, "messaging_subscriptions")
    assert doubts(raw)[0] == (
        "context.messaging_subscriptions[49].status is about one number too many: only 50 are read."
    )


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

    words = heard(event(raw), browser(), None, ANN).words

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

    (before,) = heard(event(raw), source(), None, ANN).words
    (after,) = heard(event(ahead), source(), None, ANN).words

    assert (before.occurred_at, before.received_at) == (later(-3600), NOW)
    assert (after.occurred_at, after.received_at) == (NOW, NOW)
    assert before.evidence == {
        "method": "opt_in_trait",
        "where": "traits.sms_opt_in",
        "call": "identify",
        "messageId": "m-0",
        "sourceId": "src_server",
    }
    assert not before.own_word


def test_a_word_is_about_the_person_whichever_form_of_the_number_it_names() -> None:
    items = [
        {"key": "+55 11 8765-4321", "type": "whatsapp", "status": "subscribed"},
        {"key": "+5511987654321", "type": "whatsapp", "status": "unsubscribed"},
        {"key": "+55 11 8765-4321", "type": "sms", "status": "subscribed"},
        {"key": "+52 1 55 1234 5678", "type": "whatsapp", "status": "subscribed"},
    ]

    assert [one[:3] for one in said(track(context={"messaging_subscriptions": items}))] == [
        ("+5511987654321", Channel.WHATSAPP, ConsentStatus.UNSUBSCRIBED),
        ("+5511987654321", Channel.SMS, ConsentStatus.SUBSCRIBED),
        ("+525512345678", Channel.WHATSAPP, ConsentStatus.SUBSCRIBED),
    ]


def test_an_opt_in_names_its_person_by_a_form_that_nobody_dials_any_more() -> None:
    traits = {"phone": "+5215512345678", "whatsapp_opt_in": True, "sms_opt_in": True}

    assert said(identify(traits=traits)) == [
        ("+525512345678", channel, ConsentStatus.SUBSCRIBED, ConsentSource.TRAIT)
        for channel in (Channel.SMS, Channel.WHATSAPP)
    ]


def test_where_countries_do_not_agree_a_no_counts_in_each_and_a_yes_in_none() -> None:
    def words(status: str) -> list[str]:
        items = [{"key": "13012345678", "type": "sms", "status": status}]
        raw = track(context={"messaging_subscriptions": items})
        return [one.phone for one in heard(event(raw), source(), None, None, {"CN", "US"}).words]

    assert words("unsubscribed") == ["+13012345678", "+8613012345678"]
    assert words("subscribed") == []


@pytest.mark.parametrize("number", [12025550145, 12025550145.0, "12025550145", "1 202 555 0145", 2025550145])
def test_a_no_for_a_number_is_heard_however_the_number_is_written(number: object) -> None:
    items = [{"key": number, "type": "sms", "status": "unsubscribed"}]
    ids = [{"id": number, "type": "phone", "isSubscribed": False}]
    wanted = [("+12025550145", Channel.SMS, ConsentStatus.UNSUBSCRIBED)]

    for raw in (
        track(context={"messaging_subscriptions": items}),
        track(external_ids=ids),
        track(context={"externalIds": ids}),
    ):
        assert [one[:3] for one in said(raw, country="US")] == wanted
    opt_in = identify(traits={"phone": number, "sms_opt_in": False})
    assert [one[:3] for one in said(opt_in, country="US")] == wanted
