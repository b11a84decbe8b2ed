"""A source is changed or deleted, and the API and ingestion agree on it at once."""

import asyncio
from typing import Any

import httpx
import pytest

from gateway.workspace import Role

SOURCE = "id name trust enabled revision smsOptInTrait whatsappOptInTrait"
CHANGED = f"source {{ {SOURCE} }} writeKey errors {{ code path }}"
TRACK = {"event": "Order Placed", "userId": "ann"}


async def shown(api: Any, source_id: str) -> Any:
    return (await api.data(f"query($id: ID!) {{ source(id: $id) {{ {SOURCE} }} }}", id=source_id))["source"]


async def test_changes_what_is_given_and_leaves_the_rest(api: Any) -> None:
    source_id = await api.source(trust="BROWSER", smsOptInTrait="texts")
    before = await shown(api, source_id)

    given = {"id": source_id, "expectedRevision": 1, "name": " Site ", "enabled": None}
    named = await api.change("sourceUpdate", given, CHANGED)
    rest = {"enabled": False, "trust": "SERVER", "smsOptInTrait": "sms", "whatsappOptInTrait": "wa"}
    whole = await api.change("sourceUpdate", {"id": source_id, "expectedRevision": 2, **rest}, CHANGED)

    renamed = {**before, "name": "Site", "revision": 2}
    assert named == {"source": renamed, "writeKey": None, "errors": []}
    assert whole == {"source": {**renamed, "revision": 3, **rest}, "writeKey": None, "errors": []}
    assert await shown(api, source_id) == whole["source"]


async def test_what_changes_nothing_is_no_new_revision(api: Any) -> None:
    source_id = await api.source()
    same = {"name": "Shop", "enabled": True, "trust": "SERVER"}

    for given in ({}, same):
        payload = await api.change("sourceUpdate", {"id": source_id, "expectedRevision": 1, **given}, CHANGED)

        assert (payload["source"]["revision"], payload["errors"]) == (1, [])


@pytest.mark.parametrize("mutation", ["sourceUpdate", "sourceKeyRotate", "sourceDelete"])
async def test_who_saw_an_older_revision_is_told_the_newer_one_and_changes_nothing(
    api: Any, mutation: str
) -> None:
    source_id, key = await api.keyed_source()
    await api.change("sourceUpdate", {"id": source_id, "expectedRevision": 1, "name": "Site"}, CHANGED)
    before = await shown(api, source_id)

    selection = "errors { __typename message code path ... on ConflictError { currentRevision } }"
    payload = await api.change(mutation, {"id": source_id, "expectedRevision": 1}, selection)

    message = (
        "This source was changed since: it is at revision 2, not 1. Nothing was changed: read it again, then try with "
        "expectedRevision: 2."
    )
    conflict = {
        "__typename": "ConflictError",
        "message": message,
        "code": "VERSION_CONFLICT",
        "path": ["expectedRevision"],
        "currentRevision": 2,
    }
    assert payload == {"errors": [conflict]}
    assert await shown(api, source_id) == before
    [known] = (await api.services.workspace.current()).by_key_hash.values()
    assert known.write_key_last_four == key[-4:]


async def test_of_two_changes_that_saw_the_same_revision_one_is_made(api: Any) -> None:
    source_id = await api.source()
    query = """mutation($a: SourceUpdateInput!, $b: SourceUpdateInput!) {
      a: sourceUpdate(input: $a) { source { name } errors { code } }
      b: sourceUpdate(input: $b) { source { name } errors { code } } }"""
    at = {"id": source_id, "expectedRevision": 1}

    data = await api.data(query, a={**at, "name": "A"}, b={**at, "name": "B"})

    assert data == {
        "a": {"source": {"name": "A"}, "errors": []},
        "b": {"source": None, "errors": [{"code": "VERSION_CONFLICT"}]},
    }


async def test_says_all_that_is_wrong_and_changes_nothing(api: Any) -> None:
    source_id = await api.source()
    await api.source(name="Site")
    before = await shown(api, source_id)

    for given, errors in (
        ({"name": " "}, [("REQUIRED", ["name"])]),
        ({"name": "", "smsOptInTrait": " "}, [("REQUIRED", ["name"]), ("REQUIRED", ["smsOptInTrait"])]),
        ({"whatsappOptInTrait": "x" * 201}, [("INVALID", ["whatsappOptInTrait"])]),
        ({"name": "Site", "enabled": False}, [("TAKEN", ["name"])]),
    ):
        whole = {"id": source_id, "expectedRevision": 1, **given}
        payload = await api.change("sourceUpdate", whole, "source { id } errors { code path }")

        assert payload == {"source": None, "errors": [{"code": code, "path": path} for code, path in errors]}
    assert await shown(api, source_id) == before


async def test_a_disabled_source_is_refused_and_served_again_once_it_is_enabled(
    api: Any, ingest: httpx.AsyncClient
) -> None:
    source_id, key = await api.keyed_source()
    answers = [await ingest.post("/v1/track", json=TRACK, auth=(key, ""))]

    for revision, enabled in ((1, False), (2, True)):
        given = {"id": source_id, "expectedRevision": revision, "enabled": enabled}
        await api.change("sourceUpdate", given, CHANGED)
        answers.append(await ingest.post("/v1/track", json=TRACK, auth=(key, "")))

    assert [answer.status_code for answer in answers] == [200, 403, 200]
    assert answers[1].json()["code"] == "source_disabled"


async def test_a_deleted_source_is_gone_and_its_keys_are_refused_at_once(
    api: Any, ingest: httpx.AsyncClient
) -> None:
    source_id, old = await api.keyed_source()
    rotated = await api.change("sourceKeyRotate", {"id": source_id, "expectedRevision": 1}, "writeKey")
    given = {"id": source_id, "expectedRevision": 2}

    payload = await api.change("sourceDelete", given, "deletedId errors { code }")

    assert payload == {"deletedId": source_id, "errors": []}
    for key in (old, rotated["writeKey"]):
        answer = await ingest.post("/v1/track", json=TRACK, auth=(key, ""))
        assert (answer.status_code, answer.json()["code"]) == (401, "unknown_write_key")
    query = "query($id: ID!) { source(id: $id) { id } node(id: $id) { id } sources { totalCount } }"
    data = await api.data(query, id=source_id)
    assert data == {"source": None, "node": None, "sources": {"totalCount": 0}}


async def test_a_source_in_use_is_not_deleted_unless_it_is_forced_and_says_what_would_be_cut_off(
    api: Any, ledger: Any
) -> None:
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    await ledger.event(1)
    given = {"id": ledger.source_id, "expectedRevision": 1}

    payload = await api.change("sourceDelete", given, "deletedId errors { code path message }")

    anyhow = (
        f'mutation {{ sourceDelete(input: {{id: "{ledger.source_id}", expectedRevision: 1, force: true}}) '
        "{ deletedId errors { message } } }"
    )
    assert payload == {
        "deletedId": None,
        "errors": [
            {
                "code": "IN_USE",
                "path": ["force"],
                "message": f"{what} Nothing was changed. To end it all the same, run {anyhow}",
            }
            for what in (
                f"Its events reach destinations: Pigeons ({ledger.destination_id}).",
                "Events come from it, the last at 2026-03-01T12:00:00.000Z: they would be refused.",
            )
        ],
    }
    assert (await api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 1
    assert [one["action"] for one in await audited(api, ledger.source_id)] == [
        "sourceConnect",
        "sourceCreate",
    ]
    assert (await api.data(anyhow))["sourceDelete"] == {"deletedId": ledger.source_id, "errors": []}


async def test_a_source_that_was_heard_of_long_ago_and_leads_nowhere_is_deleted_unasked(
    api: Any, ledger: Any
) -> None:
    await ledger.event(1)
    api.clock.advance(86_401)

    payload = await api.change(
        "sourceDelete", {"id": ledger.source_id, "expectedRevision": 1}, "deletedId errors { code }"
    )

    assert payload == {"deletedId": ledger.source_id, "errors": []}


async def test_what_a_deleted_source_sent_is_still_shown_with_it(api: Any, ledger: Any) -> None:
    delivery = await ledger.delivery(1)
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    api.clock.advance(5)

    await api.change(
        "sourceDelete", {"id": ledger.source_id, "expectedRevision": 1, "force": True}, "deletedId"
    )

    query = """query($id: ID!, $destination: ID!) {
      events(sourceId: $id) { edges { node { source { name deletedAt } deliveries { id status } } } }
      deliveries(filter: {sourceId: $id}) { edges { node { event { source { id } } } } }
      destination(id: $destination) { sources { id } } }"""
    data = await api.data(query, id=ledger.source_id, destination=ledger.destination_id)
    event = {
        "source": {"name": "Shop", "deletedAt": "2026-03-01T12:00:05.000Z"},
        "deliveries": [{"id": delivery, "status": "PENDING"}],
    }
    assert data == {
        "events": {"edges": [{"node": event}]},
        "deliveries": {"edges": [{"node": {"event": {"source": {"id": ledger.source_id}}}}]},
        "destination": {"sources": []},
    }


async def test_what_was_taken_before_its_source_was_deleted_is_matched_all_the_same(
    api: Any, ledger: Any
) -> None:
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    await api.change(
        "sourceDelete", {"id": ledger.source_id, "expectedRevision": 1, "force": True}, "deletedId"
    )

    outcomes = await ledger.match({"type": "track", "event": "Note Written", "userId": "ann"})

    assert outcomes == ["MATCHED"]
    [edge] = (await api.data("{ deliveries { edges { node { status event { source { id } } } } } }"))[
        "deliveries"
    ]["edges"]
    assert edge["node"] == {"status": "PENDING", "event": {"source": {"id": ledger.source_id}}}


async def test_a_deleted_source_is_changed_no_more_and_its_name_is_free(api: Any) -> None:
    source_id, destination = await api.source(), await api.destination()
    at = {"id": source_id, "expectedRevision": 2}
    await api.change("sourceDelete", {"id": source_id, "expectedRevision": 1}, "deletedId")

    for mutation, given in (
        ("sourceUpdate", {**at, "name": "X"}),
        ("sourceKeyRotate", at),
        ("sourceDelete", at),
        ("sourceConnect", {"sourceId": source_id, "destinationId": destination}),
    ):
        payload = await api.change(mutation, given, "errors { code message }")

        message = "There is no source with this id. Nothing was changed."
        assert payload == {"errors": [{"code": "NOT_FOUND", "message": message}]}
    assert await api.source(name="Shop") != source_id


async def test_another_spaces_source_is_not_found_and_stays_as_it_is(api: Any) -> None:
    source_id, destination = await api.source(), await api.destination()
    before = await shown(api, source_id)
    token = await api.token(Role.ADMIN, "brand")
    at, link = {"id": source_id, "expectedRevision": 1}, {"sourceId": source_id, "destinationId": destination}

    for mutation, given in (
        ("sourceUpdate", {**at, "name": "X"}),
        ("sourceKeyRotate", at),
        ("sourceDelete", at),
        ("sourceConnect", link),
        ("sourceDisconnect", link),
    ):
        payload = await api.change(mutation, given, "errors { code }", token)

        assert payload == {"errors": [{"code": "NOT_FOUND"}]}
    assert await shown(api, source_id) == before


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.READER, Role.VIEWER])
async def test_only_an_admin_changes_a_source(api: Any, role: Role) -> None:
    source_id, destination = await api.source(trust="BROWSER"), await api.destination()
    before, token = await shown(api, source_id), await api.token(role)
    at, link = {"id": source_id, "expectedRevision": 1}, {"sourceId": source_id, "destinationId": destination}

    for mutation, kind, given, what in (
        ("sourceUpdate", "SourceUpdateInput", {**at, "trust": "SERVER"}, "Changing a source"),
        ("sourceKeyRotate", "SourceKeyRotateInput", at, "Rotating a write key"),
        ("sourceDelete", "DeleteInput", at, "Deleting a source"),
        ("sourceConnect", "SourceConnectInput", link, "Connecting a source"),
        ("sourceDisconnect", "SourceConnectInput", link, "Disconnecting a source"),
    ):
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}"
        answer = await api.ask(query, token, input=given)

        [error] = answer["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert error["message"] == (
            f"{what} takes the role ADMIN; this token has {role.value}. Nothing was done. "
            "Use another token; on the server, `heliograph token create` makes one."
        )
    assert await shown(api, source_id) == before


async def test_of_two_sources_that_take_one_name_at_a_time_one_has_it_on_postgresql(remote_api: Any) -> None:
    ids = [await remote_api.source(name=name) for name in ("Shop", "Page")]

    answers = await asyncio.gather(
        *(
            remote_api.change(
                "sourceUpdate",
                {"id": one, "expectedRevision": 1, "name": "App"},
                "source { name } errors { code path }",
            )
            for one in ids
        )
    )

    assert {"source": None, "errors": [{"code": "TAKEN", "path": ["name"]}]} in answers
    assert {"source": {"name": "App"}, "errors": []} in answers


async def audited(api: Any, target: str) -> list[Any]:
    query = "query($id: ID!) { auditEntries(targetId: $id) { edges { node { action } } } }"
    return [edge["node"] for edge in (await api.data(query, id=target))["auditEntries"]["edges"]]
