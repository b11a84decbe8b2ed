"""Segment's released SDK on one side of the system, Twilio's on the other: what we sent is read back as Twilio's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from segment.analytics import Client as Segment
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # it ships no types
from twilio.rest import Client as Twilio  # type: ignore[import-untyped]  # it ships no types

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    TEMPLATE_SID,
    WHATSAPP_SENDER,
)
from tests.integration.system import System, until

pytestmark = pytest.mark.network

_SEND = {"send": True, "traitEnrichment": True}
_HELLO = "Hello {{ profile.traits.first_name }}!"
MAPPINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "Text": ("sendSms", {"from": SENDER, "body": _HELLO}),
    "Picture": ("sendSms", {"from": SENDER, "body": _HELLO, "media": ["https://shop.example/a.png"]}),
    "Template": (
        "sendWhatsApp",
        {
            "from": WHATSAPP_SENDER,
            "contentSid": TEMPLATE_SID,
            "contentVariables": {"1": "{{ profile.traits.first_name }}", "2": "A-1"},
        },
    ),
    "Reply": ("sendWhatsApp", {"from": WHATSAPP_SENDER, "body": _HELLO}),
}


class Redirected(TwilioHttpClient):  # type: ignore[misc]  # its base is untyped
    """The SDK's own client, sending to the stand-in."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        moved = re.sub(r"^https://api\.twilio\.com", self._base_url, url)
        return super().request(method, moved, *args, **kwargs)


@pytest.fixture(scope="module")
def mapped(served: System) -> System:
    for event, (action, fields) in MAPPINGS.items():
        given = {
            "destinationId": served.destination_id,
            "action": action,
            "name": event,
            "trigger": f'type = "track" and event = "{event}"',
            "fields": {**fields, **_SEND},
        }
        served.change("mappingCreate", "MappingCreateInput", "mapping { id }", given)
    return served


@pytest.fixture
def twilio(served: System) -> Iterator[Any]:
    http_client = Redirected(served.simulator_url)
    yield Twilio(ACCOUNT_SID, AUTH_TOKEN, http_client=http_client)
    http_client.session.close()


def read_back(system: System, twilio: Any, event: str, number: str) -> Any:
    """The message that the event became, as Twilio's SDK reads it."""
    segment = Segment(system.write_key, host=system.url)
    agreed = {"phone": number, "sms_opt_in": True, "whatsapp_opt_in": True}
    segment.identify(number, {"first_name": "Ada", **agreed})
    segment.track(number, event)
    segment.shutdown()

    def delivered() -> dict[str, Any] | None:
        mine = [one for one in system.deliveries() if one["recipient"] == number]
        return next((one for one in mine if one["messageStatus"] == "DELIVERED"), None)

    delivery = until(delivered, what="a delivered message")
    assert (delivery["status"], delivery["attemptCount"], delivery["errorCode"]) == ("ACCEPTED", 1, None)
    return twilio.messages(delivery["messageSid"]).fetch()


def shown(message: Any) -> tuple[Any, ...]:
    return message.body, message.from_, message.to, message.num_media, message.status, message.direction


def test_reads_a_text(mapped: System, twilio: Any) -> None:
    number = "+12025550150"

    message = read_back(mapped, twilio, "Text", number)

    assert shown(message) == ("Hello Ada!", SENDER, number, "0", "delivered", "outbound-api")
    assert (message.num_segments, message.error_code) == ("1", None)
    assert [one.sid for one in twilio.messages.list(to=number)] == [message.sid]


def test_reads_an_mms(mapped: System, twilio: Any) -> None:
    number = "+12025550151"

    message = read_back(mapped, twilio, "Picture", number)

    assert shown(message) == ("Hello Ada!", SENDER, number, "1", "delivered", "outbound-api")
    assert [one.sid for one in twilio.messages.list(to=number)] == [message.sid]


def test_reads_a_template_on_whatsapp(mapped: System, twilio: Any) -> None:
    number = "+12025550152"

    message = read_back(mapped, twilio, "Template", number)

    assert shown(message) == (
        "Hello Ada, your order A-1 is on its way.",
        WHATSAPP_SENDER,
        f"whatsapp:{number}",
        "0",
        "delivered",
        "outbound-api",
    )
    assert [one.sid for one in twilio.messages.list(to=f"whatsapp:{number}")] == [message.sid]


def test_reads_free_text_on_whatsapp_that_answers_a_person(mapped: System, twilio: Any) -> None:
    number = "+12025550153"
    said = {
        "from": f"whatsapp:{number}",
        "to": WHATSAPP_SENDER,
        "body": "Where is it?",
        "url": f"{mapped.url}/webhooks/{mapped.destination_id}/inbound",
    }
    mapped.tell_simulator("inbound", said)

    message = read_back(mapped, twilio, "Reply", number)

    assert shown(message) == (
        "Hello Ada!",
        WHATSAPP_SENDER,
        f"whatsapp:{number}",
        "0",
        "delivered",
        "outbound-api",
    )
    to_them = twilio.messages.list(to=f"whatsapp:{number}")
    from_them = twilio.messages.list(from_=f"whatsapp:{number}")
    assert [(one.body, one.direction) for one in (*to_them, *from_them)] == [
        ("Hello Ada!", "outbound-api"),
        ("Where is it?", "inbound"),
    ]


def test_without_a_window_twilio_never_sees_the_free_text(mapped: System, twilio: Any) -> None:
    number = "+12025550154"
    segment = Segment(mapped.write_key, host=mapped.url)
    segment.identify(number, {"first_name": "Ada", "phone": number, "whatsapp_opt_in": True})
    segment.track(number, "Reply")
    segment.shutdown()

    until(
        lambda: (
            [one["reason"] for one in mapped.deliveries() if one["recipient"] == number] == ["WINDOW_CLOSED"]
        ),
        what="a suppressed delivery",
    )

    assert twilio.messages.list(to=f"whatsapp:{number}") == []
