"""The audit log, as the API shows it."""

from typing import Any

from gateway.workspace import Role

ENTRY = "id actor action targetId target { __typename id } at changes { field before after }"
LOG = f"query($target: ID, $after: String, $first: Int) {{ auditEntries(first: $first, after: $after, targetId: $target) {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {ENTRY} }} }} }} }}"


async def log(api: Any, *token: str, **asked: Any) -> list[Any]:
    data = await api.data(LOG, *token, **asked)
    return [edge["node"] for edge in data["auditEntries"]["edges"]]


async def test_tells_who_changed_what_the_newest_first(api: Any) -> None:
    source = await api.source()
    api.clock.advance(1)
    admin = await api.token(Role.ADMIN)
    given = {"id": source, "expectedRevision": 1, "name": "Site", "enabled": False}
    await api.change("sourceUpdate", given, "errors { message }", admin)

    update, create = await log(api)

    assert update == {
        "id": update["id"],
        "actor": "ADMIN of default",
        "action": "sourceUpdate",
        "targetId": source,
        "target": {"__typename": "Source", "id": source},
        "at": "2026-03-01T12:00:01.000Z",
        "changes": [
            {"field": "enabled", "before": "true", "after": "false"},
            {"field": "name", "before": "Shop", "after": "Site"},
        ],
    }
    assert (create["actor"], create["action"]) == ("first admin", "sourceCreate")
    assert create["changes"] == [
        {"field": "enabled", "before": None, "after": "true"},
        {"field": "name", "before": None, "after": "Shop"},
        {"field": "pathKeyAllowed", "before": None, "after": "false"},
        {"field": "smsOptInTrait", "before": None, "after": "sms_opt_in"},
        {"field": "trust", "before": None, "after": "SERVER"},
        {"field": "whatsappOptInTrait", "before": None, "after": "whatsapp_opt_in"},
        {"field": "writeKey", "before": None, "after": "changed"},
    ]


async def test_what_is_gone_has_no_target_but_its_id(api: Any) -> None:
    source = await api.source()
    await api.change("sourceDelete", {"id": source, "expectedRevision": 1}, "deletedId")

    entries = await log(api, target=source)

    assert [(one["action"], one["target"], one["targetId"]) for one in entries] == [
        ("sourceDelete", None, source),
        ("sourceCreate", None, source),
    ]


async def test_is_paged_and_asked_for_one_target(api: Any) -> None:
    shop, site = await api.source(), await api.source(name="Site")
    for revision in (1, 2):
        api.clock.advance(1)
        given = {"id": shop, "expectedRevision": revision, "enabled": revision == 2}
        await api.change("sourceUpdate", given, "errors { message }")

    first = (await api.data(LOG, target=shop, first=2))["auditEntries"]
    rest = (await api.data(LOG, target=shop, first=2, after=first["pageInfo"]["endCursor"]))["auditEntries"]

    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert [edge["node"]["action"] for edge in first["edges"]] == ["sourceUpdate"] * 2
    assert [edge["node"]["action"] for edge in rest["edges"]] == ["sourceCreate"]
    assert [one["targetId"] for one in await log(api, target=site)] == [site]


async def test_is_of_ones_own_space(api: Any) -> None:
    source = await api.source()
    [entry] = await log(api)
    foreign = await api.token(Role.ADMIN, "brand")

    assert await log(api, foreign) == []
    for unseen in (source, "nope"):
        answer = await api.ask(LOG, foreign, target=unseen)
        [error] = answer["errors"]
        assert (answer["data"], error["extensions"]["code"]) == (None, "BAD_USER_INPUT")
        assert error["message"] == (
            "`targetId` names nothing that this token sees, or that anything was done to. Nothing was done: give the id of something, "
            "as the API gave it, or leave it out for all."
        )
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert await api.data(query, foreign, id=entry["id"]) == {"node": None}
    assert await api.data(query, id=entry["id"]) == {"node": {"id": entry["id"]}}


async def test_of_what_nothing_was_done_to_there_is_no_entry_and_of_what_is_gone_there_are(
    api: Any, ledger: Any
) -> None:
    delivery = await ledger.delivery(1)
    given = {"id": ledger.mapping_id, "expectedRevision": 1}
    await api.change("mappingDelete", given, "errors { message }")

    assert await log(api, target=delivery) == []
    gone = await log(api, target=ledger.mapping_id)
    assert [one["action"] for one in gone] == ["mappingDelete", "mappingCreate"]


async def test_masks_numbers_for_viewers_and_shows_them_to_readers(api: Any) -> None:
    await api.source(name="Hotline +15551234567")

    [seen] = await log(api, await api.token(Role.VIEWER))
    [read] = await log(api, await api.token(Role.READER))

    assert {one["field"]: one["after"] for one in seen["changes"]}["name"] == "Hotline +1••••67"
    assert {one["field"]: one["after"] for one in read["changes"]}["name"] == "Hotline +15551234567"
