from typing import Any

import pytest

from destinations.kit import MessageStatus
from gateway.storage import attempts
from gateway.storage.attempts import CallBack, Start
from gateway.workspace import Role


async def test_the_viewer_is_whose_token_it_is(api: Any) -> None:
    token = await api.token(Role.READER, "brand")

    first = await api.data("{ viewer { name role space } }")
    own = await api.data("{ viewer { name role space } }", token)

    assert first == {"viewer": {"name": "first admin", "role": "ADMIN", "space": "default"}}
    assert own == {"viewer": {"name": "READER of brand", "role": "READER", "space": "brand"}}


async def test_everything_is_found_by_its_id(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1)
    store, now = api.services.store, api.clock.now()
    attempt = f"att_{1:032x}"
    await store.write(lambda c: attempts.start(c, [Start(attempt, delivery_id, 1, now)]))
    said = [CallBack(delivery_id, MessageStatus.SENT, None)]
    await store.write(lambda c: attempts.call_back(c, said, now))
    [callback] = await store.read(lambda c: attempts.callbacks_of_many(c, [delivery_id])[delivery_id])
    given = {
        "phone": "+15551234567",
        "channel": "SMS",
        "status": "SUBSCRIBED",
        "evidence": {"method": "form"},
    }
    contact = (await api.change("consentUpdate", given, "contact { id }"))["contact"]["id"]
    ids = [
        ledger.source_id,
        ledger.destination_id,
        ledger.mapping_id,
        f"evt_{1:032x}",
        delivery_id,
        attempt,
        callback.id,
        contact,
        "src_0",
        "tok_0",
        "nonsense",
    ]

    data = await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)

    kinds = ["Source", "Destination", "Mapping", "Event", "Delivery", "Attempt", "StatusCallback", "Contact"]
    found = [{"__typename": kind, "id": key} for kind, key in zip(kinds, ids, strict=False)]
    assert data["nodes"] == [*found, None, None, None]
    for node in found:
        one = await api.data("query($id: ID!) { node(id: $id) { __typename id } }", id=node["id"])
        assert one == {"node": node}


async def test_what_belongs_to_another_space_is_not_there(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1)
    attempt = f"att_{1:032x}"
    started = [Start(attempt, delivery_id, 1, api.clock.now())]
    await api.services.store.write(lambda c: attempts.start(c, started))
    given = {
        "phone": "+15551234567",
        "channel": "SMS",
        "status": "SUBSCRIBED",
        "evidence": {"method": "form"},
    }
    contact = (await api.change("consentUpdate", given, "contact { id }"))["contact"]["id"]
    token = await api.token(Role.ADMIN, "brand")
    ids = [
        ledger.source_id,
        ledger.destination_id,
        ledger.mapping_id,
        f"evt_{1:032x}",
        delivery_id,
        attempt,
        contact,
    ]

    data = await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", token, ids=ids)
    lists = await api.data(
        "{ sources { totalCount } destinations { totalCount } mappings { totalCount } deliveries { totalCount } "
        "destinationCounts { connected } }",
        token,
    )

    assert data["nodes"] == [None] * 7
    empty = {"totalCount": 0}
    assert lists == {
        "sources": empty,
        "destinations": empty,
        "mappings": empty,
        "deliveries": empty,
        "destinationCounts": {"connected": 0},
    }


async def test_a_token_makes_things_in_its_own_space_only(api: Any) -> None:
    token = await api.token(Role.ADMIN, "brand")
    query = "mutation($input: SourceCreateInput!) { sourceCreate(input: $input) { source { space } } }"

    own = await api.ask(query, token, input={"name": "S", "space": "brand"})
    foreign = await api.ask(query, token, input={"name": "S"})

    assert own == {"data": {"sourceCreate": {"source": {"space": "brand"}}}}
    [error] = foreign["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == (
        'This token belongs to the space "brand" and has no right to any other. Nothing was done. Say space: "brand", '
        "or use another token."
    )


@pytest.mark.parametrize(
    "key",
    [
        "",
        "_",
        "src",
        "src_",
        "tok_\u00e9",
        "dlv_" + "0" * 5000,
        "evt_';--",
        "con_%",
        "aud_\u2603",
        "job_0\n",
        "cbk_0",
        "unm_0",
        "inb_0",
        7,
    ],
)
async def test_an_id_of_nothing_is_nothing_and_no_fault(api: Any, key: Any) -> None:
    data = await api.data("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", id=key)

    assert data == {"node": None, "nodes": [None]}


async def test_more_than_a_hundred_ids_are_refused(api: Any) -> None:
    answer = await api.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["src_0"] * 101)

    [error] = answer["errors"]
    assert (error["message"], error["extensions"]["code"]) == (
        "`ids` has 101 ids; at most 100 are looked up at once.",
        "BAD_USER_INPUT",
    )
