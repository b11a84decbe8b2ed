import pytest

from destinations.kit import canonical, canonical_e164, e164, sender_key

FULL_WIDTH = "+" + "".join(chr(0xFF10 + int(digit)) for digit in "81312345678")


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+15055554555", None, "+15055554555"),
        ("+1 (505) 555-4555", None, "+15055554555"),
        ("505 555 4555", "US", "+15055554555"),
        ("415 555 2671", "US", "+14155552671"),
        ("020 7183 8750", "GB", "+442071838750"),
        ("021 6309 5246", "CN", "+862163095246"),
        ("(08) 9287 8230", "AU", "+61892878230"),
        ("+15005550001", None, "+15005550001"),
        ("tel:+1-505-555-4555", None, "+15055554555"),
        (FULL_WIDTH, None, "+81312345678"),
        ("+14155552671x5", None, "+14155552671"),
    ],
)
def test_reads_a_number_into_e164(text: str, country: str | None, number: str) -> None:
    assert e164(text, country) == number


@pytest.mark.parametrize(
    ("text", "country"),
    [("505 555 4555", None), ("abcd", "US"), ("+", None), ("12345", "US"), ("+999123456", None), ("", "US")],
)
def test_what_can_be_no_number_is_none(text: str, country: str | None) -> None:
    assert e164(text, country) is None


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
def test_a_person_on_whatsapp_has_one_number(number: str, known_as: str) -> None:
    assert canonical(number) == known_as
    assert canonical(known_as) == known_as


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("(11) 8765-4321", "BR", "+5511987654321"),
        ("11 2345-6789", "AR", "+5491123456789"),
        ("+1 (202) 555-0142", None, "+12025550142"),
        ("(202) 555-0142", None, None),
        ("+52 1 55", None, None),
        ("abcd", "MX", None),
    ],
)
def test_reads_the_number_of_a_person_on_whatsapp_in_any_of_its_forms(
    text: str, country: str | None, number: str | None
) -> None:
    assert canonical_e164(text, country) == number


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
