"""What one event says of its person and of consent, read once."""

from typing import Any

import phonenumbers
import pytest

from destinations.kit import ConsentStatus
from gateway.people import Known, Seen, Trait
from gateway.pipeline.claims import Claims, claims_of
from gateway.workspace import Source
from tests.factories import ANN, BOB, browser, event, identify, later, source, track

USER, DEVICE = ("user_id", "ann"), ("anonymous_id", "a-1")
ANN_KNOWN = Known(
    "per_1", ("ann",), {"phone": Trait(ANN, later(0), True)}, {ANN: Seen(later(0), by_server=True)}
)
ALIAS = {"type": "alias", "userId": "ann", "previousId": "old", "messageId": "m-9"}
GIVES_A_NUMBER = {"external_ids": [{"id": BOB, "type": "phone"}]}


def claims(raw: dict[str, Any], by: Source | None = None, country: str | None = None) -> Claims:
    return claims_of(event(raw, later(1)), by or source(), country, frozenset({country} if country else ()))


@pytest.mark.parametrize(
    ("raw", "by", "ties"),
    [
        pytest.param(identify(anonymousId="a-1"), source(), (USER, DEVICE), id="identify"),
        pytest.param(identify(anonymousId="a-1"), browser(), (USER,), id="identify of a page"),
        pytest.param(track(anonymousId="a-1"), source(), (), id="track"),
        pytest.param(track(anonymousId="a-1", **GIVES_A_NUMBER), source(), (USER,), id="track with a number"),
        pytest.param(track(**GIVES_A_NUMBER), browser(), (), id="track of a page with a number"),
        pytest.param(ALIAS, source(), (USER,), id="alias"),
        pytest.param(ALIAS, browser(), (), id="alias of a page"),
    ],
)
def test_an_event_ties_the_ids_that_its_source_may_tie(
    raw: dict[str, Any], by: Source, ties: tuple[Any, ...]
) -> None:
    assert claims(raw, by).ties == ties


def test_an_alias_of_a_server_source_alone_names_another_id() -> None:
    named = [claims(ALIAS), claims(ALIAS, browser()), claims(track(previousId="old"))]

    assert [one.previous_id for one in named] == ["old", None, None]


def test_a_person_is_learned_from_what_was_read_alone() -> None:
    learned = claims(identify(traits={"phone": "(202) 555-0102", "name": "Ann"}), country="US").learned(
        ANN_KNOWN
    )

    assert learned.traits == {
        "phone": ("(202) 555-0102", later(1), True),
        "name": ("Ann", later(1), True),
    }
    assert learned.phones == {ANN: Seen(later(0), by_server=False), BOB: Seen(later(1), by_server=True)}


def test_an_event_that_only_finds_somebody_teaches_nothing_of_them() -> None:
    found = claims(track(**GIVES_A_NUMBER), browser())

    assert not found.teaches
    assert found.learned(ANN_KNOWN) is ANN_KNOWN


def test_an_opt_in_is_heard_for_the_number_of_whoever_is_known() -> None:
    opted_in = claims(identify(traits={"sms_opt_in": True}))

    assert [(word.phone, word.status) for word in opted_in.heard(ANN_KNOWN).words] == [
        (ANN, ConsentStatus.SUBSCRIBED)
    ]
    assert opted_in.heard(None).words == ()


def test_a_number_that_is_none_is_a_doubt() -> None:
    assert [doubt.code for doubt in claims(identify(traits={"phone": "112"})).told.doubts] == [
        "phone_not_read"
    ]


def test_a_number_is_parsed_once_however_often_its_event_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    number = "+1 202 555 9173"  # in no other test: what was read once is not parsed again
    parsed: list[str] = []
    parse = phonenumbers.parse

    def noted(text: str, country: str | None) -> phonenumbers.PhoneNumber:
        parsed.append(text)
        return parse(text, country)

    monkeypatch.setattr(phonenumbers, "parse", noted)
    named = identify(
        traits={"phone": number, "sms_opt_in": True},
        external_ids=[{"id": number, "type": "phone", "isSubscribed": True}],
        context={"messaging_subscriptions": [{"key": number, "type": "SMS", "status": "SUBSCRIBED"}]},
    )

    heard = claims(named).heard(claims(named).learned(Known("per_1")))

    assert [word.phone for word in heard.words] == ["+12025559173"]
    assert parsed == [number]
