import phonenumbers
import pytest
from hypothesis import given, strategies as st
from phonenumbers.phonemetadata import PhoneMetadata

from destinations.kit import canonical, country_of, e164, forms, sender_key, whatsapp_e164
from destinations.kit.phones import LONGEST_EMERGENCY, as_written, international

ADA = "+12025550142"
FULL_WIDTH = "+" + "".join(chr(0xFF10 + int(digit)) for digit in "81312345678")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+12025550142", None),
        ("12025550142", "US"),
        (12025550142, "US"),
        (2025550142, "US"),
        (12025550142.0, "US"),
        ("12025550142.0", "US"),
        ("1.2025550142E+10", "US"),
        ("tel:+1-202-555-0142", None),
        ("tel:202-555-0142;phone-context=+1", None),
        ("tel:+12025550142;ext=5", None),
        ("sms:+12025550142", None),
        ("whatsapp:+12025550142", None),
        ("+1 202\u2011555\u20110142", None),
        ("+1 202\u2212555\u22120142", None),
        ("\u202a+1 202 555 0142\u202c", None),
        ("\ufeff+1\u00a0202\u00a0555\u00a00142\u200b", None),
        ('"+12025550142"', None),
        ("\u201c+12025550142\u201d", None),
        ("'2025550142'", "US"),
        ("001 202 555 0142", "DE"),
        ("12025550142", "DE"),
        ("12025550142", "GB"),
        ("(+1) 202 555 0142", None),
        ("[+1] 202\u00b7555\u00b70142", None),
        ("Mobile: +1 202 555 0142", None),
        ("+1 202 555 0142 (mobile)", None),
        ("+1_202_555_0142;", None),
        ("1.202.555.0142", "US"),
        ("+1/202/555/0142", None),
        ("+1 202 555 0142 ext. 12", None),
        ("+12025550142x5", None),
        (" \t+12025550142\r\n", None),
    ],
)
def test_any_usual_spelling_of_a_number_is_read(text: object, country: str | None) -> None:
    assert e164(text, country) == ADA


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("020 7183 8750", "GB", "+442071838750"),
        ("+44 (0) 20 7183 8750", None, "+442071838750"),
        ("021 6309 5246", "CN", "+862163095246"),
        ("13012345678", "CN", "+8613012345678"),
        ("(08) 9287 8230", "AU", "+61892878230"),
        ("4915112345678", "DE", "+4915112345678"),
        ("0049 151 12345678", "DE", "+4915112345678"),
        ("447700900123", "US", "+447700900123"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("+15005550001", None, "+15005550001"),
        ("+15550000002", None, "+15550000002"),
        (FULL_WIDTH, None, "+81312345678"),
        ("+52 1 55 8765 0000", None, "+525587650000"),
        ("1 55 8765 0000", "MX", "+525587650000"),
        (5215587650000, "US", "+525587650000"),
        ("+55 11 8765-4321", None, "+551187654321"),
        ("+54 11 4321 0000", None, "+541143210000"),
        ("011 15 4321 0000", "AR", "+5491143210000"),
    ],
)
def test_reads_a_number_into_e164(text: object, country: str | None, number: str) -> None:
    assert e164(text, country) == number


NO_NUMBERS = [
    ("5550144", "US"),
    ("112", "DE"),
    ("+49112", None),
    ("110", "DE"),
    ("116117", "DE"),
    ("43112", "AT"),
    ("20255501455", "US"),
    ("+43 112", None),
    ("911", "US"),
    ("+1911", None),
    ("999", "GB"),
    ("+44 999", None),
    ("000-000-0000", "US"),
    ("111-111-1111", "US"),
    ("+1 555 555 5555", None),
    ("9999999999", "IN"),
    ("123-456-7890", "US"),
    (1234567890, "US"),
    ("+1 012 345 6789", None),
    ("+1 155 555 0142", None),
    ("911-555-0142", "US"),
    ("202-555-014", "US"),
    ("505 555 4555", None),
    (12025550142, None),
    ("2025550142 2025550143", "US"),
    ("+12025550142 / +12025550143", None),
    ("2025550142, 2025550143", "US"),
    ("call 2025550142", "US"),
    ("2025550142 (Ann)", "DE"),
    ("2025550142@txt.example", "US"),
    ("-12025550142", "US"),
    ("$2025550142", "US"),
    ("1.20256E+10", "US"),
    ("XXX-XXX-XXXX", "US"),
    ("2024-05-01T10:00:00Z", "DE"),
    ("abcd", "US"),
    ("+", None),
    ("+999123456", None),
    ("0048600100200", "US"),
    ("", "US"),
    (" ", "US"),
    ("9" * 300, "DE"),
    (0, "US"),
    (-12025550142, "US"),
    (12025550142.5, "US"),
    (float("nan"), "US"),
    (float("inf"), "US"),
    (10**400, "US"),
    (True, "US"),
    (None, "US"),
    (["+12025550142"], "US"),
    ({"phone": "+12025550142"}, "US"),
]


@pytest.mark.parametrize(("value", "country"), NO_NUMBERS)
def test_what_can_be_no_number_is_none(value: object, country: str | None) -> None:
    assert e164(value, country) is None


BLANKS = st.sampled_from(
    ["", " ", "\u00a0", "\u2009", "\t", "-", "\u2010", "\u2013", ".", "\u200b", "\u200e"]
)
AROUND = st.sampled_from(
    [("", ""), (" ", "\n"), ('"', '"'), ("\u202a", "\u202c"), ("tel:", ""), ("\u201c", "\u201d")]
)
NUMBERS = st.sampled_from(
    [ADA, "+447700900123", "+4915112345678", "+525587650000", "+33612345678", "+61491570156"]
)
ZEROS = st.sampled_from([0x30, 0xFF10, 0x660, 0x966])


@given(number=NUMBERS, between=st.lists(BLANKS, min_size=14, max_size=14), around=AROUND, zero=ZEROS)
def test_a_number_is_the_same_in_whatever_way_it_is_spelt(
    number: str, between: list[str], around: tuple[str, str], zero: int
) -> None:
    digits = [chr(zero + int(digit)) for digit in number[1:]]
    spelt = "".join(digit + blank for digit, blank in zip(digits, between, strict=False))

    assert e164(f"{around[0]}+{spelt.rstrip('-.')}{around[1]}", None) == number


@given(number=NUMBERS, whole=st.sampled_from([int, float, str]))
def test_a_number_in_json_is_read_as_its_digits_are(number: str, whole: type) -> None:
    country = phonenumbers.region_code_for_country_code(phonenumbers.parse(number).country_code or 0)

    assert e164(whole(number[1:]), country) == number


@given(st.text(max_size=40), st.sampled_from([None, "US", "DE", "AR"]))
def test_what_is_read_is_read_again_as_itself(text: str, country: str | None) -> None:
    number = e164(text, country)

    assert number is None or e164(number, None) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12025550142, "12025550142"),
        (1.2025550142e10, "12025550142"),
        ("+1 202", "+1 202"),
        (False, None),
        (1.5, None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_written_as_somebody_would_write_it(value: object, text: str | None) -> None:
    assert as_written(value) == text


@pytest.mark.parametrize(
    ("number", "known_as"),
    [
        ("+551187654321", "+5511987654321"),
        ("+5511987654321", "+5511987654321"),
        ("+551133334444", "+551133334444"),
        ("+5215512345678", "+525512345678"),
        ("+525512345678", "+525512345678"),
        ("+541123456789", "+5491123456789"),
        ("+5491123456789", "+5491123456789"),
        ("+12025550142", "+12025550142"),
    ],
)
def test_a_person_has_one_key_and_is_found_by_every_form(number: str, known_as: str) -> None:
    assert canonical(number) == known_as
    assert canonical(known_as) == known_as
    assert forms(known_as) == forms(number)
    assert number in forms(known_as)


@pytest.mark.parametrize(
    ("address", "country", "key"),
    [
        ("+12025550100", None, "+12025550100"),
        ("whatsapp:+12025550100", None, "+12025550100"),
        (" +1 (202) 555-0100 ", None, "+12025550100"),
        ("12025550100", None, "+12025550100"),
        ("(202) 555-0100", "US", "+12025550100"),
        ("12345", "US", "12345"),
        ("whatsapp:+5215512345678", None, "+525512345678"),
        ("MG0123456789abcdef0123456789abcdef", "US", "MG0123456789abcdef0123456789abcdef"),
        ("Helio", "US", "Helio"),
    ],
)
def test_an_address_that_is_sent_from_has_one_form(address: str, country: str | None, key: str) -> None:
    assert sender_key(address, country) == key


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+11231233212", "+11231233212"),
        ("11116369373", "+11116369373"),
        ("+1 (123) 123-3212", "+11231233212"),
        ("123-456-7890", None),
        ("1234567890", None),
        ("+1 023 456 7890", None),
        ("+11111111111", None),
        ("+1123456789", None),
        ("+1 202 555 0145", "+12025550145"),
        ("911", None),
        ("", None),
        (None, None),
    ],
)
def test_whatsapp_alone_takes_an_area_code_that_begins_with_1_and_only_where_the_code_is_written(
    written: object, read: str | None
) -> None:
    assert whatsapp_e164(written, "US") == read
    assert read is None or read[2] == "2" or e164(written, "US") is None


def test_no_country_has_an_emergency_number_longer_than_what_is_asked_for() -> None:
    known = map(PhoneMetadata.short_metadata_for_region, phonenumbers.SUPPORTED_REGIONS)

    lengths = [max(one.emergency.possible_length) for one in known if one and one.emergency]

    assert len(lengths) == 240
    assert max(lengths) == LONGEST_EMERGENCY


_CODES = st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


@given(_CODES, st.from_regex("[0-9]{4,14}", fullmatch=True), st.sampled_from([None, "US", "AR", "IT"]))
def test_a_plain_international_number_is_read_as_the_library_reads_it(
    code: int, rest: str, country: str | None
) -> None:
    read = international(f"+{code}{rest}")

    assert read is None or read == phonenumbers.parse(f"+{code}{rest}", country)


@pytest.mark.parametrize(
    "number", [ADA, "+447700900123", "+4915112345678", "+5511987654321", "+919876543210"]
)
def test_a_number_without_a_national_prefix_needs_no_library(number: str) -> None:
    assert international(number) == phonenumbers.parse(number)


@pytest.mark.parametrize("text", ["+390612345678", "+11234567890", "+49", "+999123456789", "2025550142"])
def test_what_has_to_be_looked_at_is_left_to_the_library(text: str) -> None:
    assert international(text) is None


@given(_CODES, st.from_regex("[0-9]{4,11}", fullmatch=True))
def test_the_country_is_the_one_that_the_numbering_plans_name(code: int, rest: str) -> None:
    number = whatsapp_e164(f"+{code}{rest}", None) or ADA
    parsed = phonenumbers.parse(number)

    named = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )

    assert country_of(number) == (None if named == "001" else named)


class Marked(str):
    """A text that is more than one, as those that a mapping wrote are."""

    __slots__ = ()


def test_a_number_is_a_plain_text_whatever_it_was_read_from_first() -> None:
    marked = Marked("+12025550177")

    assert type(e164(marked, None)) is str
    assert type(e164("+12025550177", None)) is str
