from collections.abc import Callable

import pytest

from destinations.kit import PayloadValidationError
from destinations.twilio_engage.hosts import api_base, content_base
from destinations.twilio_engage.settings import TwilioEngageSettings

MakeSettings = Callable[..., TwilioEngageSettings]

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("region", "base"),
    [
        ("US1", "https://api.twilio.com"),
        ("IE1", "https://api.dublin.ie1.twilio.com"),
        ("AU1", "https://api.sydney.au1.twilio.com"),
    ],
)
def test_a_region_has_its_host(settings: MakeSettings, region: str, base: str) -> None:
    assert api_base(settings(region=region), NONE) == base


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("LocalHost:4010", "http://localhost:4010"),
        ("[::1]:4010", "http://[::1]:4010"),
        ("simulator.example.com", "https://simulator.example.com"),
        ("10.0.0.5:4010", "https://10.0.0.5:4010"),
    ],
)
def test_an_allowed_host_takes_every_request_without_tls_on_loopback_alone(
    settings: MakeSettings, host: str, base: str
) -> None:
    chosen, allowed = settings(twilioHostname=host), frozenset({host})

    assert (api_base(chosen, allowed), content_base(chosen, allowed)) == (base, base)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "twilio.com",
        "evil.com",
        "api.nottwilio.com",
        "api.twilio.com.evil.com",
        "api.twilio.com@evil.com",
        "api.twilio.com/x",
        "api.twilio.com:8443",
        "api.twilio.com.",
        "-.twilio.com",
        " api.twilio.com",
        "api.twilio.com\n",
        "ap\u0131.twilio.com",
        "127.0.0.1:4010",
    ],
)
def test_no_credential_goes_to_a_host_that_is_not_twilios(settings: MakeSettings, host: str) -> None:
    with pytest.raises(PayloadValidationError, match=r"Hostname must be within the twilio.com domain"):
        api_base(settings(twilioHostname=host), frozenset({"127.0.0.1:4011"}))
