from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies as st

from destinations.kit import PayloadValidationError, encode_form
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import address, status_callback

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
        ("https://bücher.example/", "https://xn--bcher-kva.example/?"),
        ("https://Faß.example/", "https://xn--fa-hia.example/?"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/?"),
        ("https://bücher。example/", "https://xn--bcher-kva.example/?"),
        ("https://example.com/a/../b/./c/%2e%2e/d", "https://example.com/b/d?"),
        ("https://example.com/../../x", "https://example.com/x?"),
        ("https://example.com\\a\\b", "https://example.com/a/b?"),
        ("  https://example.com/cb\n", "https://example.com/cb?"),
        ("https://ex%41mple.com/", "https://example.com/?"),
        ("https://user:pa ss@example.com/", "https://user:pa%20ss@example.com/?"),
        ("https://[0:0::1]/", "https://[::1]/?"),
        ("http://0x7f.1/", "http://127.0.0.1/?"),
        ("https://example.com/cb?q=ü+1#über", "https://example.com/cb?q=%C3%BC+1&"),
    ],
)
def test_the_webhook_is_written_as_the_url_standard_does(
    settings: MakeSettings, url: str, start: str
) -> None:
    assert callback(settings(webhookUrl=url)) == f"{start}{INTERNAL}#rp=all&rc=5"


@pytest.mark.parametrize(
    "url",
    [
        *("foo", "//example.com", "ftp://example.com", "javascript:alert(1)", "mailto:ada@example.com"),
        *("https://", "https://a b/", "https://example.com:x/", "https://example.com:65536/"),
        *("https://exa<mple.com/", "https://1.2.3.400/", "https://[::1/", "https://ex\ud800.com/"),
    ],
)
def test_a_webhook_that_is_no_url_is_refused(settings: MakeSettings, url: str) -> None:
    with pytest.raises(PayloadValidationError, match=r"^Invalid webhook url arguments$"):
        callback(settings(webhookUrl=url))


@pytest.mark.parametrize(
    ("overrides", "fragment"),
    [
        ("rp=all&rc=5", "rp=all&rc=5"),
        ("#rp=4xx&rc=2&ct=1000", "rp=4xx&rc=2&ct=1000"),
        ("rp=ü", "rp=%C3%BC"),
        ('rp=a b<>"`', "rp=a%20b%3C%3E%22%60"),
    ],
)
def test_the_fragment_is_in_ascii(settings: MakeSettings, overrides: str, fragment: str) -> None:
    chosen = settings(webhookUrl="https://example.com/cb#over", connectionOverrides=overrides)

    assert callback(chosen) == f"https://example.com/cb?{INTERNAL}#{fragment}"


def test_our_own_url_is_written_alike(settings: MakeSettings) -> None:
    assert callback(settings(), own_url="https://Helio.Example.com:443/a/../s?delivery=dlv_1") == (
        "https://helio.example.com/s?delivery=dlv_1#rp=all&rc=5"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://helio.example.com?delivery=dlv_1",
        " https://bücher.example/ä/../b?delivery=dlv_1",
        "https://helio.example.com/s?delivery=d v_1&ä=%zz",
        "https://helio.example.com/s#old?delivery=dlv_1",
        "https://helio.example.com/s?",
        "https://helio.example.com/s",
    ],
)
def test_our_own_url_is_written_as_the_url_standard_does(settings: MakeSettings, url: str) -> None:
    expected = address(url)
    assert expected is not None
    expected.hash = "rc=2"

    assert callback(settings(connectionOverrides="rc=2"), own_url=url) == expected.href


@pytest.mark.parametrize("url", ["https://bücher.example/ä?b=ç#d", "https://user:pä@example.com/ %zz"])
def test_what_goes_out_is_ascii_and_comes_to_itself(settings: MakeSettings, url: str) -> None:
    written = callback(settings(webhookUrl=url), ü="€")

    assert written is not None
    assert written.isascii()
    again = address(written)
    assert again is not None
    assert again.href == written


@given(
    st.text("ab &=+?#%/é~", max_size=9),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=9).filter(
        lambda text: text.strip("#")
    ),
)
def test_the_callback_is_the_webhook_with_the_arguments_behind_its_own(
    tail: str, custom_args: dict[str, str], overrides: str
) -> None:
    webhook = f"https://Example.com/{tail}"
    chosen = TwilioEngageSettings(account_sid="AC1", webhook_url=webhook, connection_overrides=overrides)
    expected = address(webhook)
    assert expected is not None

    given = parse_qsl(expected.search.removeprefix("?"), keep_blank_values=True)
    expected.search = f"{encode_form([*given, *custom_args.items()])}&{INTERNAL}".removeprefix("&")
    expected.hash = overrides.removeprefix("#")

    assert callback(chosen, **custom_args) == expected.href
