"""How far a page of the list reaches back, and which senders the list can be asked for."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from destinations.twilio_engage.message_list import Listed, Page, is_listed_by
from tests.destinations.twilio_engage.listing import STARTED, message

NUMBER = "+12025550142"


def made(after: float, sent: float | None = None) -> dict[str, Any]:
    date_sent = None if sent is None else format_datetime(STARTED + timedelta(seconds=sent))
    return message("SM1", NUMBER, after, date_sent=date_sent)


@pytest.mark.parametrize(
    ("messages", "is_last", "reaches"),
    [
        pytest.param([], True, True, id="the last one, empty"),
        pytest.param([made(9)], True, True, id="the last one"),
        pytest.param([], False, False, id="empty, with more to come"),
        pytest.param([made(-1), made(-2)], False, True, id="wholly older"),
        pytest.param([made(0), made(-2)], False, False, id="partly older"),
        pytest.param([made(-2), made(-1)], False, False, id="oldest first"),
        pytest.param([made(-1), made(-1)], False, False, id="in no order that shows"),
        pytest.param([made(-1, sent=5), made(-2)], False, False, id="older, and sent since"),
        pytest.param([made(-1, sent=-1), made(-5, sent=-3)], False, True, id="older, and sent before"),
        pytest.param(
            [made(-1), {"date_created": None}, made(-2)], False, False, id="with one whose time is not known"
        ),
        pytest.param(
            [made(-1), {"date_created": "Fri, 20 Nov 99999999999 12:00:00 +0000"}, made(-2)],
            False,
            False,
            id="with one whose time is none",
        ),
    ],
)
def test_a_page_reaches_back_to_a_moment(
    messages: list[dict[str, Any]], is_last: bool, reaches: bool
) -> None:
    following = None if is_last else "/2010-04-01/Accounts/AC1/Messages.json?Page=1"

    assert Page(tuple(map(Listed.of, messages)), following).reaches(STARTED) is reaches


@pytest.mark.parametrize(
    ("sender", "listed"),
    [
        ("+15005550006", True),
        ("whatsapp:+15005550006", True),
        ("12345", True),
        ("MG" + "a" * 32, False),
        ("My Brand", False),
        ("(500) 555-0006", False),
        ("", False),
    ],
)
def test_the_list_can_be_asked_for_a_number_or_a_short_code(sender: str, listed: bool) -> None:
    assert is_listed_by(sender) is listed
