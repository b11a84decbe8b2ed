"""What became of messages, asked for: the same words as a callback's, few by SID and many by the list of their sender."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations import kit
from destinations.kit import Channel, ConsentChanged, ConsentStatus, MessageStatus, StatusChanged, StopReach
from destinations.twilio_engage import following
from destinations.twilio_engage.callbacks import status_signals
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.destinations.twilio_engage.conftest import SETTINGS
from tests.destinations.twilio_engage.listing import OURS, STARTED, Listing, message

CHOSEN = TwilioEngageSettings.model_validate(SETTINGS)
NUMBER = "+12025550142"
SERVICE = "MG" + "a" * 32

Answers = Mapping[str, tuple[kit.Signal, ...] | kit.NotKnown]


def sent(
    n: int, *, sender: str = OURS, channel: Channel = Channel.SMS, after: float | None = None
) -> kit.Following:
    at = STARTED + timedelta(seconds=n if after is None else after)
    return kit.Following(f"d{n}", f"SM{n}", sender, NUMBER, channel, at)


async def follow(listing: Listing, *asked: kit.Following) -> Answers:
    return await following.follow(asked, kit.Context(CHOSEN, STARTED, listing))


def delivered(n: int) -> tuple[kit.Signal, ...]:
    return (StatusChanged(f"SM{n}", MessageStatus.DELIVERED, price="-0.00750", segments=1),)


def done(n: int, **changes: Any) -> dict[str, Any]:
    return message(f"SM{n}", NUMBER, n, **{"status": "delivered", "price": "-0.00750", **changes})


async def test_nobody_is_asked_about_nothing() -> None:
    listing = Listing()

    assert (await follow(listing), listing.asked) == ({}, [])


async def test_few_messages_are_asked_for_by_their_sids() -> None:
    listing = Listing(*map(done, range(20)))

    answers = await follow(listing, *map(sent, range(20)))

    assert answers == {f"d{n}": delivered(n) for n in range(20)}
    assert listing.asked == [f"SM{n}" for n in range(20)]


async def test_many_messages_of_a_sender_are_asked_for_by_its_list() -> None:
    listing = Listing(*map(done, range(200)))

    answers = await follow(listing, *map(sent, range(200)))

    assert answers == {f"d{n}": delivered(n) for n in range(200)}
    days = {"DateSent>": "2026-11-20", "DateSent<": "2026-11-21"}
    assert listing.asked == [
        {"From": OURS, **days, "PageSize": "180"},
        {"From": OURS, **days, "PageSize": "180", "Page": "1"},
    ]


async def test_what_the_list_does_not_show_is_asked_for_by_its_sid() -> None:
    waits = done(3, status="queued", date_sent=None, price=None)
    listing = Listing(*(done(n) for n in range(21) if n != 3), waits)

    answers = await follow(listing, *map(sent, range(21)))

    assert answers["d3"] == (StatusChanged("SM3", MessageStatus.QUEUED, segments=1),)
    assert len(answers) == 21
    assert listing.asked[1:] == ["SM3"]


async def test_at_most_five_pages_are_read_of_a_list() -> None:
    others = [message(f"SX{n}", NUMBER, 30 + n / 100) for n in range(1000)]
    listing = Listing(*map(done, range(21)), *others)

    answers = await follow(listing, *map(sent, range(21)))

    assert answers == {f"d{n}": delivered(n) for n in range(21)}
    assert [query for query in listing.asked if isinstance(query, str)] == [f"SM{n}" for n in range(21)]
    assert len(listing.asked) == 5 + 21


async def test_a_list_is_asked_for_the_days_of_its_messages() -> None:
    listing = Listing()

    await follow(listing, sent(0, after=-40 * 3600), *(sent(n, after=12 * 3600) for n in range(1, 21)))

    assert listing.asked[0] == {
        "From": OURS,
        "DateSent>": "2026-11-18",
        "DateSent<": "2026-11-22",
        "PageSize": "180",
    }


@pytest.mark.parametrize("sender", [SERVICE, "My Brand"])
async def test_what_the_list_can_not_be_asked_for_is_asked_for_by_sid(sender: str) -> None:
    listing = Listing(*map(done, range(30)))

    answers = await follow(listing, *(sent(n, sender=sender) for n in range(30)))

    assert answers == {f"d{n}": delivered(n) for n in range(30)}
    assert listing.asked == [f"SM{n}" for n in range(30)]


@pytest.mark.parametrize("sender", [OURS, f"whatsapp:{OURS}"])
async def test_a_sender_of_whatsapp_is_asked_for_as_the_list_shows_it(sender: str) -> None:
    shown: dict[str, Any] = {"from": f"whatsapp:{OURS}"}
    listing = Listing(*(done(n, **shown) for n in range(21)))

    answers = await follow(listing, *(sent(n, sender=sender, channel=Channel.WHATSAPP) for n in range(21)))

    assert answers == {f"d{n}": delivered(n) for n in range(21)}
    assert len(listing.asked) == 1


async def test_a_message_that_twilio_does_not_know_is_named() -> None:
    listing = Listing(done(0))

    answers = await follow(listing, sent(0), sent(1))

    assert answers == {
        "d0": delivered(0),
        "d1": kit.NotKnown("Twilio knows no message SM1 of this account (any more)."),
    }


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (401, "Unauthorized"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
    ],
)
async def test_a_failed_read_leaves_open_only_the_message_it_was_for(status: int, word: str) -> None:
    listing = Listing(*map(done, range(3)), fails=lambda query: status if query.get("Sid") == "SM1" else None)

    answers = await follow(listing, *map(sent, range(3)))

    assert answers == {
        "d0": delivered(0),
        "d1": kit.NotKnown(f"The message SM1 could not be read: {word}"),
        "d2": delivered(2),
    }


async def test_a_failed_list_leaves_open_what_it_did_not_show_and_asks_for_nothing_more() -> None:
    listing = Listing(*map(done, range(181)), fails=lambda query: 429 if query.get("Page") == "1" else None)
    other = "+15005550007"

    answers = await follow(listing, *map(sent, range(181)), sent(500, sender=other))

    assert answers["d0"] == kit.NotKnown("The list of messages could not be read: Too Many Requests")
    assert [answers[f"d{n}"] for n in range(1, 181)] == [delivered(n) for n in range(1, 181)]
    assert answers["d500"] == kit.NotKnown("Twilio knows no message SM500 of this account (any more).")
    assert listing.asked[2:] == ["SM500"]


async def test_a_page_of_a_list_that_fails_is_asked_for_again() -> None:
    left = [500, 500]
    listing = Listing(
        *map(done, range(181)), fails=lambda query: left.pop() if left and query.get("Page") == "1" else None
    )

    answers = await follow(listing, *map(sent, range(181)))

    assert answers == {f"d{n}": delivered(n) for n in range(181)}
    assert [isinstance(query, dict) and query.get("Page") for query in listing.asked] == [None, *["1"] * 3]


def called(form: dict[str, str]) -> tuple[kit.Signal, ...]:
    """What a callback of that form says."""
    url = "https://helio.example.com/webhooks/d1/status"
    headers = {"x-twilio-signature": RequestValidator("t0ken").compute_signature(url, form)}
    return status_signals(kit.WebhookRequest(url, headers, urlencode(form).encode()), CHOSEN)


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({"status": "queued"}, {"MessageStatus": "queued"}),
        ({"status": "read"}, {"MessageStatus": "read"}),
        ({"status": "delivered", "error_code": None}, {"MessageStatus": "delivered"}),
        (
            {"status": "undelivered", "error_code": 30003},
            {"MessageStatus": "undelivered", "ErrorCode": "30003"},
        ),
        (
            {"status": "failed", "error_code": 30008, "error_message": "Unknown error"},
            {"MessageStatus": "failed", "ErrorCode": "30008", "ErrorMessage": "Unknown error"},
        ),
        ({"status": "failed", "error_code": 30002}, {"MessageStatus": "failed", "ErrorCode": "30002"}),
        (
            {"status": "failed", "error_code": 21610, "messaging_service_sid": SERVICE},
            {"MessageStatus": "failed", "ErrorCode": "21610", "MessagingServiceSid": SERVICE},
        ),
        (
            {"status": "undelivered", "error_code": 63014, "to": f"whatsapp:{NUMBER}"},
            {"MessageStatus": "undelivered", "ErrorCode": "63014", "To": f"whatsapp:{NUMBER}"},
        ),
        ({"status": "a status nobody knows"}, {"MessageStatus": "a status nobody knows"}),
    ],
    ids=lambda value: value.get("MessageStatus", "") + value.get("ErrorCode", ""),
)
def test_what_is_asked_for_says_what_the_callback_says(changes: dict[str, Any], form: dict[str, str]) -> None:
    shown = {**message("SM1", NUMBER, num_segments="0"), **changes}

    said = called({"MessageSid": "SM1", "From": OURS, "To": NUMBER, **form})

    assert following.signals(shown) == said
    assert len(said) == (
        0 if "nobody" in form["MessageStatus"] else 2 if form.get("ErrorCode") in {"21610", "63014"} else 1
    )


def test_a_late_stop_is_learned_of_the_number_and_the_sender_it_was_said_to() -> None:
    shown = message("SM1", NUMBER, status="failed", error_code=21610, messaging_service_sid=SERVICE)

    status, stop = following.signals(shown)

    assert isinstance(status, StatusChanged)
    assert (status.status, status.provider_code) == (MessageStatus.FAILED, "21610")
    assert stop == ConsentChanged(
        NUMBER,
        Channel.SMS,
        ConsentStatus.UNSUBSCRIBED,
        stop=True,
        evidence="Twilio error 21610",
        sender=OURS,
        service=SERVICE,
        reach=StopReach.SENDER,
    )


@pytest.mark.parametrize(
    ("shown", "price", "segments"),
    [
        ({"price": None, "num_segments": "0"}, None, None),
        ({"price": None, "num_segments": "2"}, None, 2),
        ({"price": "-0.01500", "price_unit": "EUR", "num_segments": "2"}, "-0.01500 EUR", 2),
        ({"price": "-0.01500", "num_segments": "2"}, "-0.01500", 2),
        ({"price": -0.015, "num_segments": "many"}, None, None),
    ],
    ids=[
        "a service has chosen no sender",
        "not billed yet",
        "billed",
        "of no currency",
        "not as Twilio writes them",
    ],
)
def test_price_and_segments_are_told_once_they_are_known(
    shown: dict[str, Any], price: str | None, segments: int | None
) -> None:
    (status,) = following.signals(message("SM1", NUMBER, **shown))

    assert isinstance(status, StatusChanged)
    assert (status.price, status.segments) == (price, segments)
