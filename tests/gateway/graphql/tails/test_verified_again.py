"""A destination that is verified again by itself and is another then: the log says so, the tail does, and its owner is told."""

import json
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from destinations.kit import DestinationDefinition
from gateway.pipeline.rechecks import Rechecks
from gateway.storage import webhook_deliveries
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.destinations.falcons import KEY, Loft, falcons
from tests.gateway.graphql.tails.streams import watching

DAY = 86_400


@pytest.fixture
def loft() -> Loft:
    return Loft()


@pytest.fixture
def definitions(loft: Loft) -> Mapping[str, DestinationDefinition]:
    return {"falcon-post": falcons(loft)}


async def test_what_is_other_a_day_later_is_in_the_log_the_tail_and_told_to_the_owner(
    api: Api, loft: Loft, admin_token: str
) -> None:
    settings = {
        "falconPost": {
            "loft": "LF1",
            **KEY,
            "mark": "wax-of-the-first",
            "perch": "https://owner.example/hook",
        }
    }
    made = await api.change(
        "destinationCreate", {"name": "Falcons", "settings": settings}, "destination { id }"
    )
    key = made["destination"]["id"]
    await api.change("destinationVerify", {"id": key}, "errors { message }")
    query = "subscription($id: ID) { destinationStatusChanged(id: $id) { destination { id status } } }"
    api.clock.advance(DAY)
    loft.broken = {KEY["apiKeySecret"]}

    async with watching(api.endpoint, query, admin_token, id=key) as stream:
        with capture_logs() as logs:
            await Rechecks(api.services).turn()
        item = await stream.item()

    page = await api.services.store.read(lambda c: webhook_deliveries.page(c, "default", 10, None))
    [told] = [
        json.loads(one.body)["data"]
        for one in page.items
        if one.event == "destination.status_changed" and '"FAILED"' in one.body
    ]
    [line] = [one for one in logs if one["event"] == "A destination that was verified again is another now"]
    assert item["destination"] == {"id": key, "status": "FAILED"}
    assert told == {
        "id": key,
        "status": "FAILED",
        "previousStatus": "VERIFIED",
        "problems": ["The loft refused it."],
    }
    assert (line["log_level"], line["destination"], line["before"], line["after"], line["codes"]) == (
        "warning",
        key,
        "VERIFIED",
        "FAILED",
        ["CREDENTIALS_REJECTED"],
    )
