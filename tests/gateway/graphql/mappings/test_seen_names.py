"""A trigger's event name that never came is warned of where one came that is nearly the same."""

from typing import Any

import pytest

from tests.gateway.graphql.conftest import Ledger

PROBLEMS = "mapping { problems { severity message path line column } } errors { message }"
CONNECT = "mutation($input: SourceConnectInput!) { sourceConnect(input: $input) { errors { message } } }"


async def saved(ledger: Ledger, **given: Any) -> list[dict[str, Any]]:
    """The problems of a mapping that is saved; a disabled one overlaps no other."""
    fields = {"from": "+15550001111", "send": True}
    note = {"name": "Notes", "action": "sendNote", "fields": fields, "enabled": False}
    payload = await ledger.api.change(
        "mappingCreate", {"destinationId": ledger.destination_id, **note, **given}, PROBLEMS
    )
    assert payload["errors"] == []
    return list(payload["mapping"]["problems"])


async def connect(ledger: Ledger) -> None:
    answer = await ledger.api.data(
        CONNECT, input={"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    )
    assert answer["sourceConnect"]["errors"] == []


async def test_a_name_that_differs_from_a_seen_one_by_case_is_warned_of_at_its_place(ledger: Ledger) -> None:
    await connect(ledger)
    await ledger.event(1, name="Order Placed")

    found = await saved(ledger, trigger='type = "track" and\nevent = "Order placed"')

    assert found == [
        {
            "severity": "WARNING",
            "message": 'No event "Order placed" came of late, but "Order Placed" did, and case and blanks make another name '
            'of it (line 2, column 1). Write "Order Placed" if that is meant.',
            "path": "/trigger",
            "line": 2,
            "column": 1,
        }
    ]


@pytest.mark.parametrize(
    "trigger",
    [
        'event = "order placed"',
        'event = "ORDER PLACED"',
        'event = "OrderPlaced"',
        'event = " Order Placed"',
        'event = "Order  Placed "',
        'event != "order placed"',
        'match(event, "order placed")',
        'type = "identify" or not (event = "order Placed")',
    ],
)
async def test_a_name_that_differs_by_case_or_blanks_is_warned_of(ledger: Ledger, trigger: str) -> None:
    await connect(ledger)
    await ledger.event(1, name="Order Placed")

    for key in "trigger", "cancelTrigger":
        [found] = await saved(ledger, **{key: trigger})
        assert (found["severity"], found["path"]) == ("WARNING", f"/{key}")


@pytest.mark.parametrize(
    "trigger",
    [
        'event = "Order Placed"',
        'event = "Order Refunded"',
        'lowercase(event) = "order placed"',
        'contains(event, "order")',
        'match(event, "order*")',
        'properties.name = "order placed"',
        'type = "identify"',
    ],
)
async def test_other_names_are_not_warned_of(ledger: Ledger, trigger: str) -> None:
    await connect(ledger)
    await ledger.event(1, name="Order Placed")

    assert await saved(ledger, trigger=trigger) == []


async def test_a_name_that_came_itself_is_not_warned_of(ledger: Ledger) -> None:
    await connect(ledger)
    await ledger.event(1, name="Order Placed")
    await ledger.event(2, name="order placed")

    assert await saved(ledger, trigger='event = "order placed"') == []


async def test_events_of_sources_that_are_not_connected_count_for_nothing(ledger: Ledger) -> None:
    await ledger.event(1, name="Order Placed")

    assert await saved(ledger, trigger='event = "order placed"') == []


async def test_the_preview_of_an_unsaved_mapping_warns_as_well(ledger: Ledger) -> None:
    await connect(ledger)
    await ledger.event(1, name="Order Placed")
    given = {
        "destinationId": ledger.destination_id,
        "action": "sendNote",
        "trigger": 'event = "order placed"',
        "fields": {"from": "+15550001111", "send": True},
        "event": {"type": "track", "event": "Order Placed", "userId": "u1"},
    }

    seen = await ledger.api.data(
        "query($input: MappingPreviewInput!) { mappingPreview(input: $input) { matched problems { severity path } } }",
        input=given,
    )

    assert seen["mappingPreview"] == {
        "matched": False,
        "problems": [{"severity": "WARNING", "path": "/trigger"}],
    }
