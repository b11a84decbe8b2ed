"""Phone numbers as the ledger keys them."""

import pytest

from destinations.kit import Channel
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


def test_only_whatsapp_keys_a_person_by_one_form_of_the_number() -> None:
    kept = {channel: phones.keyed("+5215512345678", channel) for channel in Channel}

    assert kept == {
        Channel.SMS: "+5215512345678",
        Channel.MMS: "+5215512345678",
        Channel.WHATSAPP: "+525512345678",
    }


@pytest.mark.parametrize(
    ("given", "channel", "number"),
    [
        ("+52 1 55 1234 5678", Channel.WHATSAPP, "+525512345678"),
        ("+52 55 1234 5678", Channel.WHATSAPP, "+525512345678"),
        ("+55 11 8765-4321", Channel.WHATSAPP, "+5511987654321"),
        ("+54 11 2345-6789", Channel.WHATSAPP, "+5491123456789"),
        (5215512345678, Channel.WHATSAPP, None),
        ("Ann", Channel.WHATSAPP, None),
        (None, Channel.WHATSAPP, None),
        ("+1202", Channel.WHATSAPP, None),
        ("+52 1 55 1234 5678", Channel.SMS, None),
        ("+55 11 8765-4321", Channel.SMS, "+551187654321"),
    ],
)
def test_a_number_is_read_as_its_channel_keys_it(given: object, channel: Channel, number: str | None) -> None:
    assert phones.read(given, None, channel) == number
