"""The dry run of a text that a gate would stop: what would be sent but for that, and what the last one like it cost."""

from collections.abc import Mapping
from typing import Any

import pytest

from destinations import kit
from destinations.kit.registry import installed
from gateway.deliveries import DeliveryStatus
from tests.factories import UNHINDERED
from tests.gateway.graphql.conftest import Api, Ledger

ADA, OURS = "+12025550123", "+12025550100"
FIELDS = {"from": OURS, "body": "Hello {{ profile.user_id }}", "send": True}
SHOWN = """decision reason text media segments encoding price request { url form { name value } }
  explanation { gate passed } errors { message }"""


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    """What is really installed."""
    return installed()


@pytest.fixture
async def texts(api: Api) -> Ledger:
    """A destination that is not verified, with a mapping for orders."""
    account = {"accountSid": "AC" + "0" * 32, "authToken": "0" * 32}
    given = {"name": "Texts", "settings": {"twilioEngage": account}, "policy": UNHINDERED}
    made = await api.change("destinationCreate", given, "destination { id } errors { message }")
    assert made["errors"] == []
    destination = made["destination"]["id"]
    mapping = await api.mapping(destination, FIELDS, action="sendSms", trigger='type = "identify"')
    return Ledger(api, await api.source(), destination, mapping)


async def tried(texts: Ledger) -> Any:
    """Of somebody who agreed to nothing."""
    event = {"type": "identify", "userId": "ada", "traits": {"phone": ADA}}
    query = f"query($given: MappingPreviewInput!) {{ mappingPreview(input: $given) {{ {SHOWN} }} }}"
    given = {"mappingId": texts.mapping_id, "event": event}
    seen = (await texts.api.data(query, given=given))["mappingPreview"]
    assert seen["errors"] == []
    return seen


async def sent(texts: Ledger, number: int, **values: Any) -> None:
    """A text like it that was sent before, unless `values` make it another."""
    like = {
        "status": DeliveryStatus.ACCEPTED.value,
        "channel": "SMS",
        "sender": OURS,
        "recipient": "+12025550177",
        "country": "US",
        "segments": 1,
        "price": f"-0.00{number}0 USD",
    }
    texts.api.clock.advance(1)
    await texts.delivery(number, **{**like, **values})


async def test_text_request_and_segments_are_shown_beside_the_gates_that_stop_it(texts: Ledger) -> None:
    seen = await tried(texts)

    form = {field["name"]: field["value"] for field in seen["request"]["form"]}
    assert (seen["decision"], seen["reason"]) == ("HOLD", "ACCOUNT_NOT_VERIFIED")
    assert [line["gate"] for line in seen["explanation"] if not line["passed"]] == ["ready", "consent"]
    assert (seen["text"], seen["media"], seen["segments"], seen["encoding"]) == ("Hello ada", [], 1, "GSM-7")
    assert (form["Body"], form["From"], form["To"]) == ("Hello ada", OURS, ADA)
    assert texts.api.sent.requests == []


async def test_the_price_is_that_of_the_last_text_like_it(texts: Ledger) -> None:
    await sent(texts, 1)
    await sent(texts, 2)
    await sent(texts, 3, segments=2)
    await sent(texts, 4, sender="+12025550101")
    await sent(texts, 5, country="CA")
    await sent(texts, 6, channel="MMS")
    await sent(texts, 7, price=None)
    await sent(texts, 8, status=DeliveryStatus.REJECTED.value)

    assert (await tried(texts))["price"] == "-0.0020 USD"


async def test_without_a_text_like_it_the_price_is_not_known(texts: Ledger) -> None:
    assert (await tried(texts))["price"] is None
