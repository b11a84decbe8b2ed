"""A mapping that is changed, switched off or deleted, and what an operator is told where that can't be."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.deliveries import DeliveryStatus
from gateway.storage import mappings, tables
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Ledger
from tests.gateway.graphql.pigeons import PIGEONS

SHOWN = """
  mapping { id name enabled revision trigger cancelTrigger purpose maxAgeSeconds allowBrowserEvents allowImport fields }
  errors { __typename message code path ... on ConflictError { currentRevision } }
"""
DELETED = "deletedId errors { __typename message code path }"
BROKEN = 'event = "a" and and'


async def changed(api: Any, mapping: str, revision: int = 1, **given: Any) -> Any:
    """The mapping as the change leaves it."""
    payload = await api.change("mappingUpdate", {"id": mapping, "expectedRevision": revision, **given}, SHOWN)
    assert payload["errors"] == []
    return payload["mapping"]


async def refused(api: Any, mapping: str, revision: int = 1, **given: Any) -> list[Any]:
    """The errors of a change that changes nothing."""
    before = await stored(api, mapping)
    payload = await api.change("mappingUpdate", {"id": mapping, "expectedRevision": revision, **given}, SHOWN)
    assert payload["mapping"] is None
    assert await stored(api, mapping) == before
    return list(payload["errors"])


async def stored(api: Any, mapping: str) -> Any:
    return await api.services.store.read(lambda c: mappings.get(c, mapping))


async def told(api: Any, mapping: str) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
    """What the audit log has of a mapping, the newest first."""
    query = select(tables.audit_entries).where(tables.audit_entries.c.target_id == mapping)
    query = query.order_by(tables.audit_entries.c.at.desc(), tables.audit_entries.c.id.desc())
    rows = await api.services.store.read(lambda c: list(c.execute(query)))
    return [
        (row.action, [(one["field"], one["before"], one["after"]) for one in row.changes]) for row in rows
    ]


async def test_what_is_given_is_changed_and_the_rest_stays(api: Any) -> None:
    mapping = await api.mapping(await api.destination(), cancelTrigger='event = "Canceled"')
    given: dict[str, Any] = {
        "name": " Orders ",
        "trigger": 'event = "Ordered"',
        "purpose": "TRANSACTIONAL",
        "maxAgeSeconds": 60,
        "allowBrowserEvents": True,
        "allowImport": True,
        "fields": {"from": "+15550001111", "send": True, "body": "Hi"},
        "enabled": False,
    }

    shown = await changed(api, mapping, **given)

    kept = {"cancelTrigger": 'event = "Canceled"', "revision": 2}
    assert shown == {"id": mapping, **given, "name": "Orders", **kept}
    assert (await stored(api, mapping)).updated_at == api.clock.now()


async def test_null_stays_but_for_the_cancel_trigger_which_it_clears(api: Any) -> None:
    mapping = await api.mapping(await api.destination(), cancelTrigger='event = "Canceled"')
    before = await stored(api, mapping)
    nulls: dict[str, Any] = dict.fromkeys(
        ("name", "trigger", "purpose", "maxAgeSeconds", "allowImport", "fields", "enabled")
    )

    shown = await changed(api, mapping, **nulls, cancelTrigger=None)

    assert (shown["cancelTrigger"], shown["revision"]) == (None, 2)
    assert await stored(api, mapping) == replace(before, cancel_trigger=None, revision=2)


async def test_fields_are_replaced_and_omitted_keys_take_the_defaults(api: Any) -> None:
    mapping = await api.mapping(await api.destination(), {"body": "Hi"})

    shown = await changed(api, mapping, fields={"from": "+15550001111"})

    assert shown["fields"] == {"from": "+15550001111", "send": False}


async def test_each_field_that_was_changed_is_told_by_its_own_path(api: Any) -> None:
    mapping = await api.mapping(await api.destination(), {"body": "Hi"})

    fields = {"from": "+15550001111", "send": True, "body": {"@path": "$.properties.text"}}
    await changed(api, mapping, name="Orders", fields=fields)

    entry, made = await told(api, mapping)
    assert entry == (
        "mappingUpdate",
        [("name", "Notes", "Orders"), ("fields.body", "Hi", '{"@path":"$.properties.text"}')],
    )
    assert made[0] == "mappingCreate"
    assert ("fields.body", None, "Hi") in made[1]


async def test_what_changes_nothing_is_no_change(api: Any) -> None:
    mapping = await api.mapping(await api.destination())

    shown = await changed(api, mapping, name="Notes", enabled=True)

    assert shown["revision"] == 1
    assert [action for action, _changes in await told(api, mapping)] == ["mappingCreate"]


async def test_the_next_event_meets_the_mapping_as_it_is(ledger: Ledger) -> None:
    await connect(ledger)
    call = {"type": "track", "event": "Note Written", "userId": "u1", "messageId": "m1"}

    before = await ledger.match(call)
    await changed(ledger.api, ledger.mapping_id, trigger='event = "Other"')
    after = await ledger.match({**call, "messageId": "m2"})
    await changed(ledger.api, ledger.mapping_id, 2, trigger='event = "Note Written"')
    await changed(ledger.api, ledger.mapping_id, 3, enabled=False)
    off = await ledger.match({**call, "messageId": "m3"})

    assert (before, after, off) == (["MATCHED"], ["UNMATCHED"], ["UNMATCHED"])


async def test_another_revision_is_a_conflict_and_says_the_one_it_is_at(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    await changed(api, mapping, name="Orders")

    errors = await refused(api, mapping, name="", maxAgeSeconds=0)

    found = [(error["__typename"], error["code"], error["path"]) for error in errors]
    assert found == [
        ("ConflictError", "VERSION_CONFLICT", ["expectedRevision"]),
        ("InputError", "REQUIRED", ["name"]),
        ("InputError", "INVALID", ["maxAgeSeconds"]),
    ]
    assert errors[0]["currentRevision"] == 2


async def test_all_that_is_wrong_is_said_at_once_with_its_path(api: Any) -> None:
    mapping = await api.mapping(await api.destination())

    errors = await refused(
        api,
        mapping,
        name=" ",
        trigger="event =",
        cancelTrigger='type = "trak"',
        maxAgeSeconds=0,
        fields={"body": {"@nothing": 1}, "wings": 2, "send": True},
    )

    paths = [error["path"] for error in errors]
    assert paths == [
        ["name"],
        ["maxAgeSeconds"],
        ["trigger"],
        ["cancelTrigger"],
        ["fields", "wings"],
        ["fields", "from"],
        ["fields", "body"],
    ]


@pytest.mark.parametrize("fields", [[], "text", 5, False])
async def test_fields_that_are_no_object_are_refused(api: Any, fields: Any) -> None:
    mapping = await api.mapping(await api.destination())

    [error] = await refused(api, mapping, fields=fields)

    assert (error["code"], error["path"]) == ("INVALID", ["fields"])


async def test_what_the_provider_refuses_is_refused_and_a_name_is_not_asked_of_it(api: Any) -> None:
    mapping = await api.mapping(await api.destination())

    [error] = await refused(api, mapping, fields={"from": "+15550001111", "body": "gold"})

    assert (error["code"], error["path"]) == ("INVALID", ["fields", "body"])


async def break_trigger(api: Any, mapping: str, *, enabled: bool) -> None:
    """As a version would leave it that reads triggers otherwise."""
    values = {"trigger": BROKEN, "enabled": enabled}
    query = update(tables.mappings).where(tables.mappings.c.id == mapping).values(**values)
    await api.services.store.write(lambda c: c.execute(query))
    api.services.workspace.invalidate()


async def test_a_mapping_that_does_not_compile_cannot_be_enabled(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    await break_trigger(api, mapping, enabled=False)

    errors = await refused(api, mapping, enabled=True)
    mended = await changed(api, mapping, trigger='event = "a"', enabled=True)

    assert [error["path"] for error in errors] == [["enabled"], ["trigger"]]
    assert "can't be enabled" in errors[0]["message"]
    assert (mended["enabled"], mended["revision"]) == (True, 2)


async def test_one_that_no_longer_compiles_can_be_switched_off_and_renamed_and_broken_no_further(
    api: Any,
) -> None:
    mapping = await api.mapping(await api.destination())
    await break_trigger(api, mapping, enabled=True)

    kept_on = await refused(api, mapping, name="Broken")
    off = await changed(api, mapping, enabled=False)
    named = await changed(api, mapping, 2, name="Broken")
    errors = await refused(api, mapping, 3, fields={"wings": 2, "from": "+15550001111"})

    assert [error["path"] for error in kept_on] == [["enabled"], ["trigger"]]
    assert (off["enabled"], named["name"]) == (False, "Broken")
    assert [error["path"] for error in errors] == [["fields", "wings"]]


async def test_one_whose_action_is_gone_says_so_and_can_be_switched_off(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    query = update(tables.mappings).values(action="flyAway")
    await api.services.store.write(lambda c: c.execute(query))
    api.services.workspace.invalidate()

    shown = await api.data("query($id: ID!) { mapping(id: $id) { problems { severity path } } }", id=mapping)
    errors = await refused(api, mapping, name="Gone")
    off = await changed(api, mapping, enabled=False)

    assert shown["mapping"]["problems"] == [{"severity": "ERROR", "path": "/action"}]
    assert [error["path"] for error in errors] == [["enabled"], ["action"]]
    assert off["enabled"] is False


async def test_one_whose_settings_or_type_do_not_fit_any_more_can_be_read_and_switched_off(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    definitions = api.services.workspace.definitions
    known = definitions.pop(PIGEONS.slug)
    try:
        query = "query($id: ID!) { mapping(id: $id) { problems { path } } }"
        shown = await api.data(query, id=mapping)
        off = await changed(api, mapping, enabled=False)
    finally:
        definitions[PIGEONS.slug] = known

    assert shown["mapping"]["problems"] == [{"path": "/destinationId"}]
    assert off["enabled"] is False


async def test_those_who_may_not_change_it_change_nothing(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    given = {"id": mapping, "expectedRevision": 1}
    update_ = "mutation($input: MappingUpdateInput!) { mappingUpdate(input: $input) { errors { code } } }"
    delete = "mutation($input: DeleteInput!) { mappingDelete(input: $input) { errors { code } } }"

    below = [await api.token(Role.READER), await api.token(Role.VIEWER)]
    other = await api.token(Role.ADMIN, "other")

    for query in (update_, delete):
        for token in below:
            answer = await api.ask(query, token, input=given)
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        stranger = await api.data(query, other, input=given)
        [payload] = stranger.values()
        assert payload["errors"] == [{"code": "NOT_FOUND"}]

    assert (await stored(api, mapping)).revision == 1
    assert [action for action, _changes in await told(api, mapping)] == ["mappingCreate"]


async def test_an_operator_may_change_and_delete(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    operator = await api.token(Role.OPERATOR)
    given = {"id": mapping, "expectedRevision": 1, "name": "Orders"}

    updated = await api.change("mappingUpdate", given, SHOWN, operator)
    deleted = await api.change("mappingDelete", {"id": mapping, "expectedRevision": 2}, DELETED, operator)

    assert updated["mapping"]["name"] == "Orders"
    assert deleted == {"deletedId": mapping, "errors": []}


async def test_a_deleted_mapping_is_gone_but_for_what_was_made_of_it(ledger: Ledger) -> None:
    api, mapping = ledger.api, ledger.mapping_id
    delivery = await ledger.delivery(status=DeliveryStatus.ACCEPTED)

    payload = await api.change("mappingDelete", {"id": mapping, "expectedRevision": 1}, DELETED)
    again = await api.change("mappingDelete", {"id": mapping, "expectedRevision": 2}, DELETED)
    changed_ = await api.change("mappingUpdate", {"id": mapping, "expectedRevision": 2, "name": "x"}, SHOWN)
    shown = await api.data(
        "query($m: ID!, $d: ID!) { mapping(id: $m) { id } node(id: $m) { id } mappings { totalCount } "
        "delivery(id: $d) { mapping { id name deletedAt } } }",
        m=mapping,
        d=delivery,
    )

    assert payload == {"deletedId": mapping, "errors": []}
    assert [error["code"] for error in again["errors"]] == ["NOT_FOUND"]
    assert [error["code"] for error in changed_["errors"]] == ["NOT_FOUND"]
    assert shown == {
        "mapping": None,
        "node": None,
        "mappings": {"totalCount": 0},
        "delivery": {"mapping": {"id": mapping, "name": "Notes", "deletedAt": "2026-03-01T12:00:00.000Z"}},
    }
    assert [action for action, _changes in await told(api, mapping)] == ["mappingDelete", "mappingCreate"]


async def test_a_deletion_of_another_revision_deletes_nothing(api: Any) -> None:
    mapping = await api.mapping(await api.destination())
    await changed(api, mapping, name="Orders")

    payload = await api.change("mappingDelete", {"id": mapping, "expectedRevision": 1}, DELETED)

    assert payload["deletedId"] is None
    assert [(error["__typename"], error["path"]) for error in payload["errors"]] == [
        ("ConflictError", ["expectedRevision"])
    ]
    assert (await stored(api, mapping)).deleted_at is None


async def connect(ledger: Ledger) -> None:
    given = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    payload = await ledger.api.change("sourceConnect", given, "errors { message }")
    assert payload["errors"] == []


async def test_a_key_answers_with_the_mapping_as_it_was_made_and_not_once_that_is_deleted(api: Any) -> None:
    given = {
        "destinationId": await api.destination(),
        "action": "sendNote",
        "name": "Notes",
        "fields": {"from": "+15550001111", "send": True},
        "idempotencyKey": "k",
    }
    asked = "mapping { id name revision } errors { code path }"
    first = await api.change("mappingCreate", given, asked)
    mapping = first["mapping"]["id"]
    await changed(api, mapping, name="Orders")

    again = await api.change("mappingCreate", given, asked)
    await api.change("mappingDelete", {"id": mapping, "expectedRevision": 2}, DELETED)
    gone = await api.change("mappingCreate", given, asked)

    assert first == again == {"mapping": {"id": mapping, "name": "Notes", "revision": 1}, "errors": []}
    assert gone == {"mapping": None, "errors": [{"code": "NOT_FOUND", "path": ["idempotencyKey"]}]}
