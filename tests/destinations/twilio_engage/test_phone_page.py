"""The phone page is the stand-in's, on this machine, and no host of anybody else's is taken for one."""

from collections.abc import Callable

import httpx
import pytest

from destinations.kit import Channel
from destinations.twilio_engage.phone_page import phone_page
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.simulator import create_app

MakeSettings = Callable[..., TwilioEngageSettings]
HERE = "127.0.0.1:4010"
NUMBER = "+12025550142"


@pytest.mark.parametrize(
    ("number", "channel", "page"),
    [
        (None, None, f"http://{HERE}/"),
        (NUMBER, None, f"http://{HERE}/#%2B12025550142"),
        (NUMBER, Channel.SMS, f"http://{HERE}/#%2B12025550142"),
        (NUMBER, Channel.MMS, f"http://{HERE}/#%2B12025550142"),
        (NUMBER, Channel.WHATSAPP, f"http://{HERE}/#whatsapp%3A%2B12025550142"),
    ],
)
def test_a_stand_in_on_this_machine_shows_each_phone(
    settings: MakeSettings, number: str | None, channel: Channel | None, page: str
) -> None:
    assert phone_page(settings(twilioHostname=HERE), frozenset({HERE}), number, channel) == page


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        (None, {HERE}),
        (HERE, set()),
        ("api.dublin.ie1.twilio.com", {HERE}),
        ("proxy.example.com", {"proxy.example.com"}),
        ("10.0.0.5:4010", {"10.0.0.5:4010"}),
    ],
)
def test_nothing_else_is_a_stand_in(settings: MakeSettings, host: str | None, allowed: set[str]) -> None:
    assert phone_page(settings(twilioHostname=host), frozenset(allowed), NUMBER, Channel.SMS) is None


async def test_the_page_is_there(settings: MakeSettings) -> None:
    page = phone_page(settings(twilioHostname=HERE), frozenset({HERE}), NUMBER, Channel.SMS)
    assert page is not None

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app())) as client:
        answer = await client.get(page)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
