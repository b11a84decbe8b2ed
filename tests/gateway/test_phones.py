"""Phone numbers as the ledger keys them."""

import pytest

from gateway import phones


@pytest.mark.parametrize(
    ("given", "country", "number"),
    [
        ("+12025550167", None, "+12025550167"),
        ("+1 (202) 555-0167", None, "+12025550167"),
        ("(202) 555-0167", "US", "+12025550167"),
        ("(202) 555-0167", None, None),
        ("07700 900123", "GB", "+447700900123"),
        ("+1202", None, None),
        ("", "US", None),
        ("Ann", "US", None),
        (12025550167, "US", "+12025550167"),
        (None, None, None),
        ({"phone": "+12025550167"}, None, None),
    ],
)
def test_a_number_is_read_into_e164_or_not_at_all(
    given: object, country: str | None, number: str | None
) -> None:
    assert phones.e164(given, country) == number


def test_a_masked_number_shows_how_it_begins_and_ends() -> None:
    assert phones.masked("+12025550167") == "+1••••67"
    assert phones.masked("+123") == "••••"
