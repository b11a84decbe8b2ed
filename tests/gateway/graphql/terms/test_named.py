"""An id that narrows a list: it names something of this space, or the list is refused and never shown as empty."""

from typing import Any

import pytest

from gateway.workspace import Role
from tests.gateway.graphql.tails.streams import refused, watching

SPAN = '{from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z"}'
LISTS = {
    "deliveries(filter: {sourceId: $id}) { edges { cursor } }": ("filter.sourceId", "source"),
    "deliveries(filter: {destinationId: $id}) { edges { cursor } }": ("filter.destinationId", "destination"),
    "deliveries(filter: {mappingId: $id}) { edges { cursor } }": ("filter.mappingId", "mapping"),
    f"statsBy(range: {SPAN}, by: SENDER, filter: {{destinationId: $id}}) {{ edges {{ cursor }} }}": (
        "filter.destinationId",
        "destination",
    ),
    f"statsBy(range: {SPAN}, by: SENDER, filter: {{mappingId: $id}}) {{ edges {{ cursor }} }}": (
        "filter.mappingId",
        "mapping",
    ),
    "events(sourceId: $id) { edges { cursor } }": ("sourceId", "source"),
    "events(filter: {sourceId: $id}) { edges { cursor } }": ("filter.sourceId", "source"),
    "mappings(destinationId: $id) { edges { cursor } }": ("destinationId", "destination"),
    "inboundMessages(destinationId: $id) { edges { cursor } }": ("destinationId", "destination"),
    "unmatchedCallbacks(destinationId: $id) { edges { cursor } }": ("destinationId", "destination"),
}
TAILS = {
    "deliveryTail(filter: {sourceId: $id}) { sequence }": ("filter.sourceId", "source"),
    "deliveryTail(filter: {destinationId: $id}) { sequence }": ("filter.destinationId", "destination"),
    "deliveryTail(filter: {mappingId: $id}) { sequence }": ("filter.mappingId", "mapping"),
    "eventTail(sourceId: $id) { sequence }": ("sourceId", "source"),
    "eventTail(filter: {sourceId: $id}) { sequence }": ("filter.sourceId", "source"),
    "destinationStatusChanged(id: $id) { sequence }": ("id", "destination"),
}


def message(field: str, kind: str) -> str:
    return (
        f"`{field}` names no {kind} that this token sees. Nothing was done: give the id of one, as `{kind}s` lists them, or leave it "
        "out for all."
    )


def ids_of(ledger: Any) -> dict[str, str]:
    return {
        "source": ledger.source_id,
        "destination": ledger.destination_id,
        "mapping": ledger.mapping_id,
    }


@pytest.mark.parametrize("field", LISTS)
async def test_a_list_is_refused_alike_whether_the_id_is_nobodys_or_of_another_type_or_space(
    api: Any, ledger: Any, field: str
) -> None:
    path, kind = LISTS[field]
    brand = await api.token(Role.ADMIN, "brand")
    every = ids_of(ledger)
    others = [key for other, key in every.items() if other != kind]
    query = f"query($id: ID) {{ {field} }}"

    assert "errors" not in await api.ask(query, id=every[kind])
    for token, given in [*((None, one) for one in ("nope", *others)), (brand, every[kind]), (brand, "nope")]:
        answer = await api.ask(query, *([token] if token else []), id=given)

        [error] = answer["errors"]
        assert (answer["data"], error["extensions"]["code"]) == (None, "BAD_USER_INPUT")
        assert error["message"] == message(path, kind)


@pytest.mark.parametrize("field", LISTS)
async def test_what_was_deleted_is_still_listed_by(api: Any, ledger: Any, field: str) -> None:
    every = ids_of(ledger)
    for kind in ("mapping", "destination", "source"):
        given = {"id": every[kind], "expectedRevision": 1, "force": True}
        name = f"{kind}Delete"
        assert (await api.change(name, given, "errors { message }"))["errors"] == []

    answer = await api.data(f"query($id: ID) {{ {field} }}", id=every[LISTS[field][1]])

    assert [one["edges"] for one in answer.values()] == [[]]


@pytest.mark.parametrize("field", TAILS)
async def test_a_tail_is_refused_alike(api: Any, ledger: Any, field: str) -> None:
    path, kind = TAILS[field]
    brand, reader = await api.token(Role.ADMIN, "brand"), await api.token(Role.READER)
    query = f"subscription($id: ID) {{ {field} }}"

    for token, given in ((reader, "nope"), (brand, ids_of(ledger)[kind])):
        async with watching(api.endpoint, query, token, id=given) as stream:
            error = await refused(stream)

        assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", message(path, kind))
