from collections.abc import Callable
from typing import Any

import pytest

from destinations.kit import PayloadValidationError
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import status_callback

MakeSettings = Callable[..., TwilioEngageSettings]

INTERNAL = "__segment_internal_external_id_key__=phone&__segment_internal_external_id_value__=%2B12025550142"


def callback(settings: TwilioEngageSettings, *, own_url: str | None = None, **custom_args: Any) -> str | None:
    return status_callback(
        settings, own_url=own_url, phone="+12025550142", custom_args=custom_args, connection_overrides=None
    )


def test_nobody_is_called_where_nobody_listens(settings: MakeSettings) -> None:
    assert callback(settings(), a="1") is None


def test_our_own_url_comes_before_the_owners_webhook(settings: MakeSettings) -> None:
    chosen = settings(webhookUrl="https://example.com/", connectionOverrides="rc=2")

    assert callback(chosen, own_url="https://helio.example.com/s?delivery=1", a="1") == (
        "https://helio.example.com/s?delivery=1#rc=2"
    )


def test_without_a_space_none_is_named(settings: MakeSettings) -> None:
    assert (
        callback(settings(webhookUrl="https://example.com/cb"))
        == f"https://example.com/cb?{INTERNAL}#rp=all&rc=5"
    )


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("https://Example.com:443", "https://example.com/?"),
        ("http://example.com:80/a b", "http://example.com/a%20b?"),
        ("http://example.com:8080/é{}?x=1%202&y=~&z", "http://example.com:8080/%C3%A9%7B%7D?x=1+2&y=%7E&z=&"),
        ("https://user:pa%20ss@example.com/", "https://user:pa%20ss@example.com/?"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x?"),
        ("https://example.com/a%2Fb/c*~'()!", "https://example.com/a%2Fb/c*~'()!?"),
    ],
)
def test_the_webhook_is_written_as_the_url_standard_does(
    settings: MakeSettings, url: str, start: str
) -> None:
    assert callback(settings(webhookUrl=url)) == f"{start}{INTERNAL}#rp=all&rc=5"


@pytest.mark.parametrize(
    "url", ["foo", "ftp://example.com", "https://", "https://a b/", "https://example.com:x/"]
)
def test_a_webhook_that_is_no_url_is_refused(settings: MakeSettings, url: str) -> None:
    with pytest.raises(PayloadValidationError, match=r"^Invalid webhook url arguments$"):
        callback(settings(webhookUrl=url))
