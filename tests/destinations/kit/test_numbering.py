import phonenumbers
import pytest
from hypothesis import given, strategies as st
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

from destinations.kit.numbering import Place, is_possible, national_prefix, place_of

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
KINDS = sorted(PhoneNumberType.values())


def _said_by_the_library(code: int, national: str) -> Place:
    zeros = len(national) - len(national.lstrip("0"))
    number = PhoneNumber(
        code, int(national), italian_leading_zero=zeros > 0, number_of_leading_zeros=zeros or None
    )
    return Place(phonenumbers.region_code_for_number(number), phonenumbers.is_valid_number(number))


def _examples(code: int) -> set[str]:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
    found = [phonenumbers.example_number_for_type(region, kind) for region in regions for kind in KINDS]
    found.append(phonenumbers.example_number_for_non_geo_entity(code))
    return {phonenumbers.national_significant_number(number) for number in found if number is not None}


def test_examples_of_every_kind_and_region_and_their_neighbours_have_the_place_that_the_library_gives() -> (
    None
):
    numbers = {
        (code, near) for code in CODES for one in _examples(code) for near in (one, one[:-1], f"{one}0")
    }

    assert {one for one in numbers if place_of(*one) != _said_by_the_library(*one)} == set()
    assert {code for code, _national in numbers} == set(CODES)


@given(st.sampled_from(CODES), st.from_regex("[0-9]{3}[1-9]{1,11}", fullmatch=True))
def test_any_digits_have_the_place_that_the_library_gives(code: int, national: str) -> None:
    assert place_of(code, national) == _said_by_the_library(code, national)


@pytest.mark.parametrize(
    ("code", "national", "place"),
    [
        (1, "2025550142", Place("US", is_valid=True)),
        (1, "4165550142", Place("CA", is_valid=True)),
        (1, "8765550142", Place("JM", is_valid=True)),
        (1, "5555550142", Place(None, is_valid=False)),
        (44, "7400123456", Place("GB", is_valid=True)),
        (49, "15112345678", Place("DE", is_valid=True)),
        (49, "1", Place("DE", is_valid=False)),
        (800, "12345678", Place("001", is_valid=True)),
        (999, "12345678", Place(None, is_valid=False)),
    ],
)
def test_a_number_is_of_a_region_and_can_be_somebodys_or_not(code: int, national: str, place: Place) -> None:
    assert place_of(code, national) == place


@pytest.mark.parametrize("code", CODES)
def test_as_many_digits_are_possible_as_the_library_says(code: int) -> None:
    numbers = {length: PhoneNumber(code, int("1" * length)) for length in range(1, 16)}
    said = {
        length: phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
        for length, number in numbers.items()
    }

    assert {length: is_possible(code, length) for length in numbers} == said


def test_what_may_stand_before_a_national_number_is_known_of_every_country() -> None:
    prefixes = {code: national_prefix(code) for code in CODES}

    assert prefixes[49] is not None
    assert prefixes[49].match("015112345678") is not None
    assert prefixes[39] is None
