"""Who followed a short link, as Twilio's click callback says it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from destinations import kit
from destinations.twilio_engage.callbacks import inbound_signals, status_signals
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.destinations.twilio_engage.test_callbacks import signed

MakeSettings = Callable[..., TwilioEngageSettings]
URL = "https://helio.example.com/webhooks/d1/status"
CLICK = {
    "event_type": "click",
    "sms_sid": "SM1",
    "to": "+12025550142",
    "from": "+15005550006",
    "link": "https://shop.example/sale?a=1",
    "click_time": "2026-11-21T12:00:05Z",
    "messaging_service_sid": "MG1",
    "account_sid": "AC1",
    "user_agent": "Mozilla/5.0",
}


def test_a_click_names_its_message_the_link_and_when(settings: MakeSettings) -> None:
    (said,) = status_signals(signed(CLICK, URL), settings())

    assert said == kit.LinkClicked(
        message_sid="SM1",
        url="https://shop.example/sale?a=1",
        key="2026-11-21T12:00:05Z https://shop.example/sale?a=1",
        occurred_at=datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC),
    )
    assert (said.sender, said.recipient) == ("+15005550006", "+12025550142")


@pytest.mark.parametrize("time", ["", "soon", "99999999999999", "0001-01-01T00:00:00+14:00"])
def test_a_click_whose_time_can_not_be_read_has_none(settings: MakeSettings, time: str) -> None:
    (said,) = status_signals(signed({**CLICK, "click_time": time}, URL), settings())

    assert isinstance(said, kit.LinkClicked)
    assert said.occurred_at is None


@pytest.mark.parametrize("missing", ["sms_sid", "link"])
def test_a_click_on_nothing_says_nothing(settings: MakeSettings, missing: str) -> None:
    assert status_signals(signed({**CLICK, missing: ""}, URL), settings()) == ()


@pytest.mark.parametrize("wrong", [{"sms_sid": "S M"}, {"link": "https://a.example/" + "a" * 5000}])
def test_a_click_that_can_not_be_one_is_refused(settings: MakeSettings, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"its (sms_sid is no SID|link is no address)"):
        status_signals(signed({**CLICK, **wrong}, URL), settings())


def test_a_click_that_is_not_signed_by_the_account_is_refused(settings: MakeSettings) -> None:
    with pytest.raises(kit.InvalidAuthenticationError):
        status_signals(signed(CLICK, URL), settings(authToken="another"))


def test_a_click_that_comes_to_the_address_of_messages_is_told_its_own(settings: MakeSettings) -> None:
    url = URL.replace("/status", "/inbound")

    with pytest.raises(
        ValueError, match=r"the address for those is https://helio\.example\.com/webhooks/d1/status"
    ):
        inbound_signals(signed(CLICK, url), settings())
