from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage.client import create_message
from destinations.twilio_engage.reconcile import find_messages
from destinations.twilio_engage.settings import TwilioEngageSettings

STARTED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550142"
LIST = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Messages.json?To=%2B12025550142"

Answer = kit.Accepted | kit.NotKnown | None
Find = Callable[..., Awaitable[tuple[Answer, list[str]]]]


def message(**changes: Any) -> dict[str, Any]:
    return {
        "sid": "SM1",
        "status": "sent",
        "direction": "outbound-api",
        "from": "+15005550006",
        "to": NUMBER,
        "messaging_service_sid": None,
        "body": "Hello https://example.com/a?b=c",
        "date_created": format_datetime(STARTED),
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        **changes,
    }


def page(*messages: dict[str, Any], following: str | None = None) -> tuple[int, Any]:
    return 200, {"messages": list(messages), "next_page_uri": following}


def sid_of(found: Answer) -> str | None:
    """The SID of what was found, None where it is absent for sure."""
    assert not isinstance(found, kit.NotKnown)
    return None if found is None else found.message_sid


@pytest.fixture
def find(settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Any]) -> Find:
    async def look(
        *pages: tuple[int, Any],
        sender: str = "+15005550006",
        body: str = "Hello https://example.com/a?b=c",
        started_at: datetime = STARTED,
        taken: tuple[str, ...] = (),
        more: tuple[tuple[str, str], ...] = (),
        alone: bool = True,
    ) -> tuple[Answer, list[str]]:
        read, chosen = reader(*pages), settings()
        form = (("Body", body), ("From", sender), ("To", NUMBER), *more)
        request = create_message(chosen, frozenset(), form)

        async def are_taken(sids: Sequence[str]) -> frozenset[str]:
            return frozenset(sids) & frozenset(taken)

        found = await find_messages(
            [kit.Reconciliation("0197-1", request, started_at, NUMBER, alone)],
            are_taken,
            kit.Context(settings=chosen, now=started_at, read=read),
        )
        assert list(found) == ["0197-1"]
        return found["0197-1"], [request.url.removeprefix(LIST) for request in read.requests]

    return look


async def test_finds_the_message_that_a_lost_answer_created(find: Find) -> None:
    found, asked = await find(page(message()))

    assert found == kit.Accepted("SM1", kit.MessageStatus.SENT, 1)
    assert asked == ["&DateSent%3E=2026-11-20&PageSize=100"]


async def test_looks_once_more_without_the_day_as_an_unsent_message_may_match_none(find: Find) -> None:
    found, asked = await find(page(), page(message(status="queued")))

    assert found == kit.Accepted("SM1", kit.MessageStatus.QUEUED, 1)
    assert asked == ["&DateSent%3E=2026-11-20&PageSize=100", "&PageSize=100"]


async def test_finds_nothing_where_the_list_shows_nothing(find: Find) -> None:
    assert await find(page(), page()) == (None, ["&DateSent%3E=2026-11-20&PageSize=100", "&PageSize=100"])


async def test_asks_for_the_day_before_too_near_midnight(find: Find) -> None:
    _, asked = await find(page(), page(), started_at=datetime(2026, 11, 20, 0, 4, tzinfo=UTC))

    assert asked[0] == "&DateSent%3E=2026-11-19&PageSize=100"


async def test_follows_the_pages_of_the_list(find: Find) -> None:
    other = message(sid="SM2", body="Something else")

    found, asked = await find(page(other, following="/2010-04-01/next"), page(message()))

    assert sid_of(found) == "SM1"
    assert asked[1] == "https://api.twilio.com/2010-04-01/next"


@pytest.mark.parametrize("following", ["https://evil.example.com/", None, 5])
async def test_follows_no_address_of_another_host(find: Find, following: Any) -> None:
    _, asked = await find(page(following=following), page())

    assert len(asked) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"direction": "inbound"},
        {"body": "Another text"},
        {"from": "+15005550007"},
        {"date_created": format_datetime(STARTED - timedelta(seconds=121))},
        {"date_created": None},
        {"date_created": "yesterday"},
        {"num_media": "1"},
    ],
)
async def test_takes_no_message_that_differs(find: Find, changes: dict[str, Any]) -> None:
    found, _ = await find(page(message(**changes)), page(message(**changes)))

    assert found is None


async def test_takes_no_message_of_another_delivery(find: Find) -> None:
    found, _ = await find(page(message(), message(sid="SM2")), taken=("SM1",))

    assert sid_of(found) == "SM2"


async def test_takes_a_message_that_was_created_a_little_before_by_a_clock_that_differs(find: Find) -> None:
    found, _ = await find(page(message(date_created=format_datetime(STARTED - timedelta(seconds=5)))))

    assert sid_of(found) == "SM1"


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        ("See https://example.com/a?b=c now", "See https://short.example/Ab3dE now"),
        ("See https://example.com/a?b=c now", "See short.example/Ab3dE now"),
        ("\u201cHi\u201d \u2013 it\u2019s \xbd price\u2026", '"Hi" - it\'s 1/2 price...'),
        ("Hello", "Sent from your Twilio trial account - Hello"),
        ("", ""),
    ],
)
async def test_knows_a_text_again_that_twilio_changed(find: Find, sent: str, listed: str) -> None:
    found, _ = await find(page(message(body=listed)), body=sent)

    assert sid_of(found) == "SM1"


@pytest.mark.parametrize(
    ("sender", "changes"),
    [
        ("(500) 555-0006", {"from": "5005550006"}),
        ("MG" + "a" * 32, {"from": None, "messaging_service_sid": "MG" + "a" * 32}),
        ("MG" + "a" * 32, {"from": "+15005550009", "messaging_service_sid": "MG" + "a" * 32}),
        ("My Brand", {"from": "My Brand"}),
    ],
)
async def test_knows_the_sender_again(find: Find, sender: str, changes: dict[str, Any]) -> None:
    found, _ = await find(page(message(**changes)), sender=sender)

    assert sid_of(found) == "SM1"


async def test_a_list_that_cant_be_read_leaves_it_open(find: Find) -> None:
    found, _ = await find(*[(500, b"")] * 3)

    assert found == kit.NotKnown("The list could not be read: Internal Server Error")


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        ("\U0001f44d", "\U0001f44e"),
        ("https://example.com/a", "https://example.com/b"),
        ("https://example.com/a", "\U0001f44d"),
        ("\U0001f44d", "Hello"),
        ("Hello", "\U0001f44d"),
    ],
)
async def test_texts_without_letters_are_compared_as_they_are(find: Find, sent: str, listed: str) -> None:
    found, _ = await find(page(message(body=listed)), page(message(body=listed)), body=sent)
    same, _ = await find(page(message(body=sent)), body=sent)

    assert found is None
    assert sid_of(same) == "SM1"


async def test_a_message_has_as_many_media_as_were_sent(find: Find) -> None:
    media = (("MediaUrl", "https://example.com/1.png"), ("MediaUrl", "https://example.com/2.png"))
    one, two = message(body="", num_media="1"), message(body="", num_media="2", sid="MM2")

    found, _ = await find(page(one, two), body="", more=media)

    assert sid_of(found) == "MM2"


async def test_a_text_that_the_account_redacted_leaves_it_open(find: Find) -> None:
    found, _ = await find(page(message(body="")), page(message(body="")))

    assert found == kit.NotKnown(
        "The list shows a message that may be this one, without its text: the account redacts them."
    )


async def test_a_redacted_text_of_another_delivery_opens_nothing(find: Find) -> None:
    found, _ = await find(page(message(body="")), page(message(body="")), taken=("SM1",))

    assert found is None


async def test_a_message_that_is_shown_is_found_beside_one_that_is_redacted(find: Find) -> None:
    found, _ = await find(page(message(body="", sid="SM0"), message()))

    assert sid_of(found) == "SM1"


async def test_a_lone_link_that_was_to_be_shortened_leaves_it_open(find: Find) -> None:
    shortened = message(body="https://short.example/Ab3dE")

    found, _ = await find(
        page(shortened), page(shortened), body="https://example.com/a", more=(("ShortenUrls", "true"),)
    )

    assert found == kit.NotKnown(
        "The list shows a message that may be this one: both are only a link, which Twilio shortens."
    )


async def test_takes_the_very_text_before_one_that_twilio_may_have_changed(find: Find) -> None:
    other = message(sid="SM2", body="Hello https://example.com/another")

    found, _ = await find(page(other, message()))

    assert sid_of(found) == "SM1"


async def test_takes_no_changed_text_while_another_to_that_number_is_unsettled(find: Find) -> None:
    other = message(sid="SM2", body="Hello https://example.com/another")

    found, _ = await find(page(other), page(other), alone=False)

    assert found == kit.NotKnown(
        "The list shows a message that may be this one, or that of another text to the same number."
    )


async def test_finds_a_text_that_itself_begins_like_a_trial_accounts(find: Find) -> None:
    text = "Sent from your Twilio trial account - Hello"

    found, _ = await find(page(message(body=text)), body=text)

    assert sid_of(found) == "SM1"


@pytest.mark.parametrize(("seconds", "sid"), [(-119, "SM1"), (-121, None)])
async def test_bears_with_a_clock_that_is_two_minutes_behind(
    find: Find, seconds: int, sid: str | None
) -> None:
    made = format_datetime(STARTED + timedelta(seconds=seconds))

    found, _ = await find(page(message(date_created=made)), page())

    assert sid_of(found) == sid
