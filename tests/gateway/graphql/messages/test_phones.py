"""Where a stand-in shows the phone of a person is said, by what the definition makes of the settings."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Channel
from gateway.settings import Settings
from gateway.workspace import Role
from tests.gateway.graphql.conftest import ADMIN, Ledger
from tests.gateway.graphql.pigeons import PIGEONS, PigeonSettings

NUMBER = "+15551234567"
ASKED = (
    "query($id: ID!) { delivery(id: $id) { phonePage destination { phonePage } } "
    'contact(userId: "u1") { phonePages } }'
)


def phone_page(
    settings: PigeonSettings, allowed_hosts: frozenset[str], number: str | None, channel: Channel | None
) -> str | None:
    if settings.home not in allowed_hosts:
        return None
    return f"http://{settings.home}/{settings.loft}/{number}/{channel}"


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    return {PIGEONS.slug: replace(PIGEONS, phone_page=phone_page)}


@pytest.fixture
def gateway_settings() -> Settings:
    return Settings(allowed_hosts=frozenset({"loft.test"}))


async def seen(ledger: Ledger, token: str = ADMIN, *, home: str) -> Any:
    """What is said of a delivery of a text to the number; the space has the ledger's account, which is real, and two at that home."""
    api = ledger.api
    await api.destination("Doves", home=home, loft="LF2")
    away = await api.destination("Ravens", home=home, loft="LF3")
    await ledger.match({"type": "identify", "userId": "u1", "messageId": "m", "traits": {"phone": NUMBER}})
    delivery = await replace(ledger, destination_id=away).delivery(
        1, recipient=NUMBER, channel=Channel.WHATSAPP
    )
    return await api.data(ASKED, token, id=delivery)


async def test_a_person_has_a_phone_at_each_stand_in(ledger: Ledger) -> None:
    assert await seen(ledger, home="loft.test") == {
        "delivery": {
            "phonePage": f"http://loft.test/LF3/{NUMBER}/WHATSAPP",
            "destination": {"phonePage": "http://loft.test/LF3/None/None"},
        },
        "contact": {
            "phonePages": [
                f"http://loft.test/LF2/{NUMBER}/None",
                f"http://loft.test/LF3/{NUMBER}/None",
            ]
        },
    }


async def test_a_provider_itself_has_no_such_page(ledger: Ledger) -> None:
    assert await seen(ledger, home="real.test") == {
        "delivery": {"phonePage": None, "destination": {"phonePage": None}},
        "contact": {"phonePages": []},
    }


async def test_a_viewer_is_told_no_number_by_an_address(ledger: Ledger) -> None:
    assert await seen(ledger, await ledger.api.token(Role.VIEWER), home="loft.test") == {
        "delivery": {"phonePage": None, "destination": {"phonePage": "http://loft.test/LF3/None/None"}},
        "contact": {"phonePages": []},
    }


async def test_a_delivery_to_nobody_has_no_phone(ledger: Ledger) -> None:
    delivery = await ledger.delivery(1)

    found = await ledger.api.data("query($id: ID!) { delivery(id: $id) { phonePage } }", id=delivery)

    assert found == {"delivery": {"phonePage": None}}
