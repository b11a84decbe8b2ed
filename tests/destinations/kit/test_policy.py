"""Whose pace a key of `messagesPerSecond` means."""

import pytest

from destinations import kit


@pytest.mark.parametrize("kind", kit.SenderKind)
def test_a_kind_of_sender_is_itself(kind: kit.SenderKind) -> None:
    assert kit.pace_key(f" {kind} ") == kind.value


@pytest.mark.parametrize("text", ["short_code", "SHORTCODE", "short code", "Phone-Number", "whatsapp sender"])
def test_a_kind_in_another_spelling_is_no_name_that_sends(text: str) -> None:
    assert kit.pace_key(text) is None


@pytest.mark.parametrize("text", ["UNKNOWN", "Default", "TOLL_FREE", "LONG_CODE", "sms", "WhatsApp"])
def test_what_may_be_taken_for_a_kind_is_no_name_that_sends(text: str) -> None:
    assert kit.pace_key(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+12025550100", "+12025550100"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("whatsapp:+1 202 555 0100", "whatsapp:+12025550100"),
        ("12345", "12345"),
        ("Heliograph", "Heliograph"),
        ("ACME", "ACME"),
        ("MG00000000000000000000000000000001", "MG00000000000000000000000000000001"),
    ],
)
def test_a_sender_is_named_as_plans_name_it(text: str, key: str) -> None:
    assert kit.pace_key(text) == key


@pytest.mark.parametrize(
    "text",
    ["", " ", "+", "+1", "2025550100", "whatsapp:12345", "WhatsApp:+12025550100", "a\nb", "x" * 65, "é"],
)
def test_what_is_no_sender_is_none(text: str) -> None:
    assert kit.pace_key(text) is None
