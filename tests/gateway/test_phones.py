"""Phone numbers as the ledger keys them."""

import pytest

from gateway import phones


@pytest.mark.parametrize(
    ("given", "country", "key"),
    [
        ("+12025550167", None, "+12025550167"),
        ("(202) 555-0167", "US", "+12025550167"),
        ("(202) 555-0167", None, None),
        (12025550167, "US", "+12025550167"),
        (12025550167.0, "US", "+12025550167"),
        ("+52 1 55 1234 5678", None, "+525512345678"),
        (5215512345678, "MX", "+525512345678"),
        ("+55 11 8765-4321", None, "+5511987654321"),
        ("+54 11 2345-6789", None, "+5491123456789"),
        ("+1202", None, None),
        ("Ann", "US", None),
        (None, None, None),
        (True, "US", None),
        ({"phone": "+12025550167"}, None, None),
    ],
)
def test_a_person_has_one_key_however_their_number_is_given(
    given: object, country: str | None, key: str | None
) -> None:
    assert phones.key_of(given, country) == key


def test_a_masked_number_shows_how_it_begins_and_ends() -> None:
    assert phones.masked("+12025550167") == "+1••••67"
    assert phones.masked("+123") == "••••"
