"""Log lines with phone numbers masked."""

import pytest

from gateway import logging


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+12025550167", "+1••••67"),
        ("12025550167", "1••••67"),
        ("+1 (202) 555-0167", "+1••••67"),
        ("(202) 555-0167", "2••••67"),
        ("202-555-0167", "2••••67"),
        ("+1.202.555.0167", "+1••••67"),
        ("07700 900123", "0••••23"),
        ("+44 (0) 7700 900 123", "+4••••23"),
        ("+33 6 12 34 56 78", "+3••••78"),
        ("+49 151/23456789", "+4••••89"),
        ("+49\u00a0151\u202f23456789", "+4••••89"),
        ("202\u2011555\u20110167", "2••••67"),
        ("whatsapp:+12025550167", "whatsapp:+1••••67"),
        ("To=%2B12025550167&Body=Hi", "To=+1••••67&Body=Hi"),
        ("{'phone': '+12025550167'}", "{'phone': '+1••••67'}"),
        ("to=+12025550167_again", "to=+1••••67_again"),
        ("from +12025550100 to +12025550167.", "from +1••••00 to +1••••67."),
        ("2026-11-21 2025550167", "2026-11-21 2••••67"),
    ],
)
def test_a_number_is_masked_however_it_is_written(text: str, shown: str) -> None:
    assert logging.mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T12:00:00.123456+00:00",
        "2026-11-21T12:00:00.123Z",
        "2026-11-21 12:00:00",
        "until 2026-11-21.",
        "7a4f5f0e-2d0b-5d0c-9a6e-48656c696f67",
        "12345678-1234-1234-1234-123456789012",
        "evt_019aa3b2c4d50123456789012345678",
        "SM00000000000000000000000000000000",
        "1763726400000000",
        "10.0.113.100:8080",
        "took 0.1234567 s",
        "error 21610, 123456 of them",
    ],
)
def test_times_ids_and_addresses_stay(text: str) -> None:
    assert logging.mask(text) == text


def test_a_log_line_is_masked_wherever_the_number_is() -> None:
    line = {
        "event": "Sent to +12025550167",
        "timestamp": "2026-11-21T12:00:00.0000000Z",
        "form": [("To", "+12025550167")],
        "person": {"phone": "+12025550167", "age": 33},
    }

    shown = logging._mask_values(None, "info", line)

    assert shown == {
        "event": "Sent to +1••••67",
        "timestamp": "2026-11-21T12:00:00.0000000Z",
        "form": [["To", "+1••••67"]],
        "person": {"phone": "+1••••67", "age": 33},
    }
