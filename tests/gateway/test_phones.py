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


@pytest.mark.parametrize(
    ("recipient", "country"),
    [
        ("+12025550167", "US"),
        ("+14165550167", "CA"),
        ("+4915123456789", "DE"),
        ("+5215512345678", "MX"),  # as it was dialled until 2019
        ("+80012345678", None),  # of no country
        ("+99912345678", None),
        ("+1202", None),
        ("+1" + "2" * 18, None),
        ("US.13491208655302741918", None),
        ("", None),
        (None, None),
    ],
)
def test_a_recipient_is_of_the_country_of_their_number(recipient: str | None, country: str | None) -> None:
    assert phones.country_of(recipient) == country


def test_a_masked_number_shows_how_it_begins_and_ends() -> None:
    assert phones.masked("+12025550167") == "+1••••67"
    assert phones.masked("+123") == "••••"
