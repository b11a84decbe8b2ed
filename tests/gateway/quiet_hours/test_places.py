"""Where somebody may be, by their number and their zone."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, geocoder

from gateway.quiet_hours import Places, places_of
from gateway.quiet_hours.hours import REGIONS


def regions(places: Places) -> set[str | None]:
    return {law.region for law in places.laws}


@pytest.mark.parametrize(
    ("number", "zones", "laws"),
    [
        ("+12125550123", ("America/New_York",), {None}),
        ("+18085550123", ("Pacific/Honolulu",), {None}),
        ("+13055550123", ("America/New_York",), {None, "FL"}),
        ("+12145550123", ("America/Chicago",), {None, "TX"}),
        ("+16045550123", ("America/Vancouver",), set()),  # Canada's
        ("+447400123456", ("Europe/London",), set()),
        ("+4915112345678", ("Europe/Berlin", "Europe/Busingen"), set()),
    ],
)
def test_a_number_says_where_it_is(number: str, zones: tuple[str, ...], laws: set[str | None]) -> None:
    places = places_of(number, None)

    assert places.zones == zones
    assert regions(places) == laws


@pytest.mark.parametrize("number", ["+18005550123", "+18445550123", "+15555550123"])
def test_a_number_of_no_known_area_is_anywhere_in_its_country(number: str) -> None:
    places = places_of(number, None)

    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(places.zones)
    assert "Pacific/Guam" not in places.zones
    assert regions(places) == {None, "FL", "MD", "OK", "TX"}
    assert places.why == "of the number's country, all of them"


def test_a_mobile_number_of_a_country_with_several_zones_is_in_any_of_them() -> None:
    assert {"Australia/Perth", "Australia/Sydney"} <= set(places_of("+61412345678", None).zones)


def test_a_persons_own_zone_is_where_they_are_when_their_number_says_no_more_than_its_country() -> None:
    assert places_of("+61412345678", "Australia/Perth").zones == ("Australia/Perth",)
    assert places_of("+18005550123", "America/Chicago").zones == ("America/Chicago",)


def test_a_persons_own_zone_and_their_numbers_count_both() -> None:
    assert places_of("+12125550123", "America/Los_Angeles").zones == (
        "America/Los_Angeles",
        "America/New_York",
    )
    assert places_of("+4915112345678", "America/New_York").zones == (
        "America/New_York",
        "Europe/Berlin",
        "Europe/Busingen",
    )


def test_a_zone_is_read_in_any_case() -> None:
    assert places_of("+12125550123", " america/new_york ").zones == ("America/New_York",)


@pytest.mark.parametrize(
    "said", ["Mars/Olympus", "", "EST+5", "../../etc/passwd", 5, ["UTC"], {"a": 1}, "\0", "x" * 10_000]
)
def test_what_names_no_zone_counts_as_none_and_is_named(said: object) -> None:
    places = places_of("+12125550123", said)

    assert places.zones == ("America/New_York",)
    assert places.why == "of the number; their trait timezone names no zone"


@pytest.mark.parametrize("number", ["+882161234567", "US.13491208655302741918", "", "+1"])
def test_of_a_number_of_no_country_and_of_what_is_no_number_nobody_knows_where(number: str) -> None:
    assert places_of(number, None).zones == ()


def test_the_area_codes_of_states_with_hours_of_their_own_are_those_that_the_numbering_plan_has() -> None:
    states = {"Florida": "FL", "Maryland": "MD", "Oklahoma": "OK", "Texas": "TX"}
    found: dict[tuple[str, str], str] = {}
    for code in range(200, 1000):
        number = PhoneNumber(country_code=1, national_number=code * 10_000_000 + 2_340_100)
        named = geocoder.description_for_number(number, "en")
        state = states.get(named) or named.rpartition(", ")[2]
        if state in states.values() and phonenumbers.is_valid_number(number):
            found["US", str(code)] = state

    assert found == REGIONS
