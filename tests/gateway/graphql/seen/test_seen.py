"""The trigger editor is offered the names and paths that came of late."""

from typing import Any

from gateway.events import EventOutcome
from gateway.workspace import Role
from tests.gateway.graphql.conftest import ADMIN, Ledger

NUMBER = "+15551234567"
NODE = "edges { cursor node { name type count lastSeenAt } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount"
NAMES = (
    "query($sourceId: ID, $first: Int, $after: String) "
    f"{{ eventNames(sourceId: $sourceId, first: $first, after: $after) {{ {NODE} }} }}"
)
PATHS = (
    "query($name: String!, $first: Int, $after: String) "
    f"{{ eventPaths(name: $name, first: $first, after: $after) {{ {NODE} }} }}"
)


async def names(ledger: Ledger, token: str = ADMIN, **given: Any) -> Any:
    return (await ledger.api.data(NAMES, token, **given))["eventNames"]


async def paths(ledger: Ledger, token: str = ADMIN, **given: Any) -> Any:
    return (await ledger.api.data(PATHS, token, **given))["eventPaths"]


def shown(page: Any) -> list[tuple[str, str, int]]:
    return [(edge["node"]["name"], edge["node"]["type"], edge["node"]["count"]) for edge in page["edges"]]


async def test_the_names_that_came_of_late_are_listed_the_most_common_first(ledger: Ledger) -> None:
    await ledger.event(1)
    ledger.api.clock.advance(60)
    await ledger.event(2)
    await ledger.event(3, name="Cart Viewed")
    await ledger.event(4, name="Cart Viewed", type="page")
    await ledger.event(5, name=None, type="identify")
    await ledger.event(6, EventOutcome.INVALID, name="Broken")

    page = await names(ledger)

    assert shown(page) == [
        ("Note Written", "track", 2),
        ("Cart Viewed", "page", 1),
        ("Cart Viewed", "track", 1),
        ("identify", "identify", 1),
    ]
    assert page["totalCount"] == 4
    assert page["edges"][0]["node"]["lastSeenAt"] == "2026-03-01T12:01:00.000Z"


async def test_a_page_begins_behind_the_cursor_of_another(ledger: Ledger) -> None:
    for number in range(3):
        await ledger.event(number, name=f"E{number}")

    first = await names(ledger, first=2)
    second = await names(ledger, first=2, after=first["pageInfo"]["endCursor"])

    assert [shown(first), shown(second)] == [
        [("E0", "track", 1), ("E1", "track", 1)],
        [("E2", "track", 1)],
    ]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert (first["pageInfo"]["hasPreviousPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_the_names_of_one_source_are_listed_alone(ledger: Ledger) -> None:
    await ledger.event(1)
    other = await ledger.api.source(name="Other")

    assert shown(await names(ledger, sourceId=ledger.source_id)) == [("Note Written", "track", 1)]
    assert shown(await names(ledger, sourceId=other)) == []


async def test_a_source_that_is_not_seen_is_refused_as_one_that_is_not_there(ledger: Ledger) -> None:
    elsewhere = await ledger.api.token(Role.READER, space="elsewhere")

    said = [
        (await ledger.api.ask(NAMES, elsewhere, sourceId=key))["errors"][0]["message"]
        for key in (ledger.source_id, "src_nobody")
    ]

    refused = "`sourceId` names no source that this token sees. Nothing was done: give the id of one, as `sources` lists them, or leave it out for all."
    assert said == [refused, refused]


async def test_the_paths_of_an_event_are_those_that_its_last_ones_held(ledger: Ledger) -> None:
    for number, held in enumerate(({"total": "12"}, {"total": 7, "items": [{"sku": "A"}]})):
        ledger.api.clock.advance(60)
        payload = {"type": "track", "userId": "u1", "properties": held}
        await ledger.event(number, payload=payload)
    await ledger.event(3, name="Cart Viewed", payload={"type": "track", "properties": {"cart": 1}})

    page = await paths(ledger, name="Note Written")

    assert shown(page) == [
        ("$.properties", "object", 2),
        ("$.properties.total", "number", 2),
        ("$.type", "string", 2),
        ("$.userId", "string", 2),
        ("$.properties.items", "list", 1),
        ("$.properties.items[0]", "object", 1),
        ("$.properties.items[0].sku", "string", 1),
    ]
    assert shown(await paths(ledger, name="Note Written", first=1)) == [("$.properties", "object", 2)]
    assert page["edges"][0]["node"]["lastSeenAt"] == "2026-03-01T12:02:00.000Z"
    assert shown(await paths(ledger, name="Nothing")) == []


async def test_the_paths_of_calls_without_a_name_are_asked_for_by_their_type(ledger: Ledger) -> None:
    payload = {"type": "identify", "traits": {"plan": "gold"}}
    await ledger.event(1, name=None, type="identify", payload=payload)

    assert shown(await paths(ledger, name="identify")) == [
        ("$.traits", "object", 1),
        ("$.traits.plan", "string", 1),
        ("$.type", "string", 1),
    ]


async def test_another_space_has_no_names_and_no_paths(ledger: Ledger) -> None:
    await ledger.event(1)
    elsewhere = await ledger.api.token(Role.READER, space="elsewhere")

    assert shown(await names(ledger, elsewhere)) == []
    assert shown(await paths(ledger, elsewhere, name="Note Written")) == []


async def test_a_viewer_sees_no_number_in_a_name_or_a_path(ledger: Ledger) -> None:
    payload = {"type": "track", "properties": {f"call {NUMBER}": 1}}
    await ledger.event(1, name=f"Called {NUMBER}", payload=payload)
    viewer = await ledger.api.token(Role.VIEWER)

    assert shown(await names(ledger, viewer)) == [("Called +1••••67", "track", 1)]
    assert shown(await paths(ledger, viewer, name=f"Called {NUMBER}"))[1] == (
        "$.properties['call +1••••67']",
        "number",
        1,
    )
