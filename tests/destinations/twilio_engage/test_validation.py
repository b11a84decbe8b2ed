from collections.abc import Callable
from typing import Any

import pytest

from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.validation import validate_settings

MakeSettings = Callable[..., TwilioEngageSettings]

NONE: frozenset[str] = frozenset()
KEY = "SK" + "0" * 32


def test_finds_nothing_wrong_with_valid_settings(settings: MakeSettings) -> None:
    chosen = settings(
        webhookUrl="https://example.com/callback",
        connectionOverrides="rc=2",
        defaultCountry="GB",
        twilioHostname="api.us1.twilio.com",
        spaceId="spa_1",
        profileApiAccessToken="token",
        profileApiRegion="eu-west-1",
    )

    assert validate_settings(chosen, NONE) == ()


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"accountSid": "AC123"}, "accountSid", "AC and 32 hexadecimal digits"),
        ({"apiKeys": [{"sid": "AC1", "secret": "s"}]}, "apiKeySid", "SK and 32 hexadecimal digits"),
        ({"apiKeys": [{"sid": KEY, "secret": " s"}]}, "apiKeySecret", "spaces around it"),
        ({"authToken": ""}, "authToken", "empty"),
        ({"apiKeys": [], "authToken": None}, "apiKeySid", "without one nothing can be sent"),
        ({"webhookUrl": "ftp://example.com"}, "webhookUrl", "http or https"),
        ({"webhookUrl": "https://my_host.example.com/"}, "webhookUrl", "underscore"),
        ({"webhookUrl": f"https://example.com/{'x' * 4000}"}, "webhookUrl", "4000 characters"),
        ({"connectionOverrides": "rc=9"}, "connectionOverrides", "`rc` must be"),
        ({"defaultCountry": "USA"}, "defaultCountry", "two capital letters"),
        ({"dltEntityId": "<the id of the registration>"}, "dltEntityId", "only letters, digits and hyphens"),
        ({"dltEntityId": "1" * 41}, "dltEntityId", "only letters, digits and hyphens"),
        ({"defaultSender": "???"}, "defaultSender", "neither a number nor a name that can send"),
        ({"defaultSender": "Twelve chars"}, "defaultSender", "at most 11 letters"),
        ({"defaultSender": "12"}, "defaultSender", "is no phone number"),
        ({"defaultSender": "(020) 7946 0018"}, "defaultSender", "write it with + and its country code"),
        ({"defaultSender": "MG123"}, "defaultSender", "MG and 32 hexadecimal digits, not 3"),
        ({"defaultSender": "whatsapp:Acme"}, "defaultSender", "is no sender of WhatsApp"),
        ({"profileApiAccessToken": "t"}, "spaceId", "give spaceId"),
        ({"profileApiRegion": "mars"}, "profileApiRegion", "us-west-2 or eu-west-1"),
        ({"twilioHostname": "evil.com"}, "twilioHostname", 'Invalid Twilio hostname: "evil.com"'),
    ],
)
def test_names_the_field_that_is_wrong(
    settings: MakeSettings, changes: dict[str, Any], path: str, words: str
) -> None:
    [problem] = validate_settings(settings(**changes), NONE)

    assert problem[0] == path
    assert words in problem[1]


@pytest.mark.parametrize(
    ("dead", "alive"),
    [
        ("api.ie1.twilio.com", "api.dublin.ie1.twilio.com"),
        ("API.AU1.twilio.com", "api.sydney.au1.twilio.com"),
        ("api.br1.twilio.com", "api.sao-paulo.br1.twilio.com"),
        ("api.us2.twilio.com", "api.umatilla.us2.twilio.com"),
    ],
)
def test_names_the_host_that_took_the_place_of_a_dead_one(
    settings: MakeSettings, dead: str, alive: str
) -> None:
    assert validate_settings(settings(twilioHostname=dead), NONE) == (
        ("twilioHostname", f"Twilio switched {dead.lower()} off in April 2026. Use {alive}."),
    )


@pytest.mark.parametrize(
    "sender",
    [
        *(
            "+12025550100",
            "+1 (202) 555-0100",
            "020 7946 0018",
            "123",
            "12345678",
            "Acme",
            "Acme 24",
            "1 2 3 go",
        ),
        *("MG" + "0" * 32, "whatsapp:+12025550100", "whatsapp:020 7946 0018", " +12025550100 "),
    ],
)
def test_a_default_sender_may_have_any_form_that_twilio_takes(settings: MakeSettings, sender: str) -> None:
    assert validate_settings(settings(defaultSender=sender, defaultCountry="GB"), NONE) == ()


def test_an_allowed_host_is_right(settings: MakeSettings) -> None:
    chosen = settings(twilioHostname="127.0.0.1:4010")

    assert validate_settings(chosen, frozenset({"127.0.0.1:4010"})) == ()


@pytest.mark.parametrize("registration", [None, "", "  ", "1101", " 1101234567890123456 ", "AB-12"])
def test_a_registration_may_be_absent_or_have_the_form_of_one(
    settings: MakeSettings, registration: str | None
) -> None:
    assert validate_settings(settings(dltEntityId=registration), NONE) == ()


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"sharedKey": "theirs", "callbackSecret": "s" * 24}, []),
        ({"sharedKey": " theirs"}, ["sharedKey"]),
        ({"callbackSecret": "s" * 23}, ["callbackSecret"]),
    ],
)
def test_what_calls_are_known_by_must_be_whole_and_long_enough(
    settings: Callable[..., TwilioEngageSettings], given: dict[str, str], problems: list[str]
) -> None:
    assert [name for name, _message in validate_settings(settings(**given), frozenset())] == problems
