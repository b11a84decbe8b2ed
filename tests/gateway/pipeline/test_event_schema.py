"""The schema that receivers rely on says what is sent, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

import gateway
from destinations.kit import DestinationStatus, InboundMessage, MessageStatus, OwnerEvent, Policy
from destinations.kit.enums import Channel
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import owner_events, settle, signals, telling
from gateway.sending_limits import Near, of_destination
from tests import factories
from tests.factories import ANN, NOW
from tests.gateway.paper import OURS
from tests.gateway.pipeline.owners import bodies, open_world, text, told
from tests.gateway.world import World

SCHEMA = json.loads((Path(gateway.__file__).parent / "webhooks" / "events.schema.json").read_text("utf-8"))
KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def problems(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """What of a value is not as the schema has it; and what it has that the schema does not name."""
    given = schema["type"]
    kinds = [given] if isinstance(given, str) else given
    if not any(isinstance(value, KINDS[kind]) for kind in kinds):
        return [f"{path} is no {given}: {value!r}"]
    found = [f"{path} is {value!r}"] if "enum" in schema and value not in schema["enum"] else []
    if "items" in schema:
        found += [one for item in value for one in problems(item, schema["items"], f"{path}[]")]
    if "properties" in schema:
        assert set(schema["required"]) == set(schema["properties"])
        if value.keys() != schema["properties"].keys():
            return [f"{path} has {sorted(value.keys() ^ schema['properties'].keys())} otherwise"]
        for name, inner in schema["properties"].items():
            found += problems(value[name], inner, f"{path}.{name}")
    return found


def check(body: dict[str, Any]) -> list[str]:
    (named,) = [one for one in SCHEMA["allOf"] if body["type"] in one["if"]["properties"]["type"]["enum"]]
    reference = named["then"]["properties"]["data"]["$ref"].rpartition("/")[2]
    return [*problems(body, SCHEMA), *problems(body["data"], SCHEMA["$defs"][reference], "data")]


def test_it_has_every_event_and_the_version_that_is_sent() -> None:
    assert SCHEMA["properties"]["type"]["enum"] == [*OwnerEvent, owner_events.TEST]
    assert SCHEMA["properties"]["version"]["const"] == owner_events.VERSION


def test_it_has_every_status() -> None:
    delivery = SCHEMA["$defs"]["delivery"]["properties"]

    assert delivery["status"]["enum"] == list(DeliveryStatus)
    assert set(delivery["messageStatus"]["enum"]) == {*MessageStatus, None}


async def test_what_is_sent_of_a_text_a_message_and_a_destination_is_as_it_says(empty_world: World) -> None:
    await open_world(empty_world, told())
    await text(empty_world)
    await empty_world.call_back(MessageStatus.DELIVERED)
    there = (await empty_world.services.workspace.current()).destinations["dst_paper"]
    said = InboundMessage(
        *("SM9", ANN, OURS, Channel.SMS, "When?"),
        media_urls=("https://m.example/1", "https://m.example/2"),
        media_types=("image/png", ""),
        button="pay_now",
    )
    await settle.settle(
        empty_world.services, lambda c: signals.apply(c, empty_world.secrets, there, [said], NOW)
    )
    before, after = DestinationStatus.VERIFIED, DestinationStatus.FAILED
    await empty_world.store.write(lambda c: telling.of_status(c, "dst_paper", before, after, None, NOW))

    found = await bodies(empty_world)

    assert {one["type"] for one in found} == {
        "delivery.accepted",
        "delivery.delivered",
        "message.received",
        "destination.status_changed",
    }
    assert [problem for one in found for problem in check(one)] == []
    (received,) = [one["data"] for one in found if one["type"] == "message.received"]
    assert (received["media"], received["button"]) == (
        [
            {"url": "https://m.example/1", "contentType": "image/png"},
            {"url": "https://m.example/2", "contentType": None},
        ],
        "pay_now",
    )


def test_that_a_limit_is_near_is_as_it_says() -> None:
    limit = of_destination(Policy(daily_message_limit=5), "dst_paper", NOW)
    assert limit is not None

    assert check(json.loads(owner_events.of_limit(Near("default", limit, 4), NOW))) == []


def test_a_test_is_as_it_says() -> None:
    assert check(json.loads(owner_events.of_test(factories.destination(), NOW))) == []


@pytest.mark.parametrize("change", [{"status": "LOST"}, {"segments": "1"}, {"more": 1}])
async def test_what_is_not_as_it_says_is_found(empty_world: World, change: dict[str, Any]) -> None:
    await open_world(empty_world, told())
    await text(empty_world)
    (body,) = await bodies(empty_world)

    assert check({**body, "data": {**body["data"], **change}}) != []
