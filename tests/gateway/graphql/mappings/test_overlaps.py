"""Two mappings that would text the same person for the same event are warned of, and nothing is refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Channel
from tests.gateway.graphql.pigeons import PIGEONS

ORDERS = 'type = "track" and event = "Order Placed"'
CALLS = (
    PIGEONS.actions[0],
    replace(PIGEONS.actions[0], slug="sendCall", channel=Channel.WHATSAPP),
)


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    """Pigeons that go by two ways."""
    return {PIGEONS.slug: replace(PIGEONS, actions=CALLS)}


async def warnings(api: Any, mapping: str) -> list[str]:
    query = "query($id: ID!) { mapping(id: $id) { problems { severity message path } } }"
    found = (await api.data(query, id=mapping))["mapping"]["problems"]
    assert {(one["severity"], one["path"]) for one in found} <= {("WARNING", "/trigger")}
    return [one["message"] for one in found]


async def test_the_second_for_the_same_event_names_the_first_when_it_is_saved(api: Any) -> None:
    destination = await api.destination()
    first = await api.mapping(destination, name="Thanks", trigger=ORDERS)
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "name": "Thanks again",
        "trigger": 'event = "Order Placed"',
        "fields": {"from": "+15550001111", "send": True},
    }

    payload = await api.change(
        "mappingCreate", given, "mapping { id problems { severity path message } } errors { message }"
    )

    [problem] = payload["mapping"]["problems"]
    assert (problem["severity"], problem["path"], payload["errors"]) == ("WARNING", "/trigger", [])
    assert f"The mapping Thanks ({first}) sends by SMS" in problem["message"]
    assert f"({payload['mapping']['id']})" in (await warnings(api, first))[0]


async def test_one_that_is_changed_to_the_same_event_is_warned_of(api: Any) -> None:
    destination = await api.destination()
    await api.mapping(destination, trigger=ORDERS)
    other = await api.mapping(destination, trigger='event = "Order Refunded"')
    before = await warnings(api, other)
    given = {"id": other, "expectedRevision": 1, "trigger": ORDERS}

    payload = await api.change("mappingUpdate", given, "mapping { problems { severity } } errors { message }")

    assert before == []
    assert payload == {"mapping": {"problems": [{"severity": "WARNING"}]}, "errors": []}


@pytest.mark.parametrize(
    "given",
    [
        {"trigger": 'event = "Order Refunded"'},
        {"trigger": 'event = "Order Placed" and properties.total <= 5'},
        {"action": "sendCall"},
        {"enabled": False},
    ],
)
async def test_one_that_can_not_double_is_not_warned_of(api: Any, given: dict[str, Any]) -> None:
    destination = await api.destination()
    first = await api.mapping(destination, trigger=f"{ORDERS} and properties.total > 5")

    other = await api.mapping(destination, **{"trigger": ORDERS, **given})

    assert (await warnings(api, first), await warnings(api, other)) == ([], [])


async def test_another_destination_counts_where_a_source_reaches_both(api: Any) -> None:
    first, second = await api.destination(), await api.destination("Doves")
    one = await api.mapping(first, trigger=ORDERS)
    await api.mapping(second, trigger=ORDERS)
    source = await api.source()
    apart = await warnings(api, one)

    for destination in (first, second):
        given = {"sourceId": source, "destinationId": destination}
        await api.change("sourceConnect", given, "errors { message }")

    assert (apart, len(await warnings(api, one))) == ([], 1)


async def test_of_many_others_a_few_are_named(api: Any) -> None:
    destination = await api.destination()
    ids = [await api.mapping(destination, trigger=ORDERS) for _ in range(6)]

    assert len(await warnings(api, ids[0])) == 3
