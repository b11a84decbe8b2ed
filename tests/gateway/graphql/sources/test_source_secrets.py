"""What a source's forwarders sign with, and whether its key may stand in a path: set, shown, cleared, and never told."""

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from gateway.workspace import Role

SHARED = "a secret that both of them know"
SHOWN = "sharedSecret { configured lastFour setAt } pathKeyAllowed revision trust"
CHANGED = f"source {{ id {SHOWN} }} errors {{ code path message }}"
BODY = json.dumps({"type": "track", "event": "Order Placed", "userId": "ann"}).encode()
NONE = {"configured": False, "lastFour": None, "setAt": None}


def set_at(value: str = SHARED, at: str = "2026-03-01T12:00:00.000Z") -> dict[str, Any]:
    return {"configured": True, "lastFour": value[-4:], "setAt": at}


async def posted(ingest: httpx.AsyncClient, source_id: str, secret: str) -> int:
    digits = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    answer = await ingest.post(
        f"/v1/events/{source_id}", content=BODY, headers={"X-Signature": f"sha256={digits}"}
    )
    return answer.status_code


async def update(api: Any, source_id: str, revision: int, **given: Any) -> Any:
    return await api.change("sourceUpdate", {"id": source_id, "expectedRevision": revision, **given}, CHANGED)


async def test_a_source_is_made_with_both_and_shows_that_it_has_them(
    api: Any, ingest: httpx.AsyncClient
) -> None:
    given = {"name": "Segment", "sharedSecret": SHARED, "pathKeyAllowed": True}

    payload = await api.change("sourceCreate", given, CHANGED)

    made = payload["source"]
    assert payload["errors"] == []
    assert (made["sharedSecret"], made["pathKeyAllowed"]) == (set_at(), True)
    assert await posted(ingest, made["id"], SHARED) == 200
    assert await posted(ingest, made["id"], "another secret of theirs") == 401


async def test_one_that_says_nothing_of_them_has_neither(api: Any, ingest: httpx.AsyncClient) -> None:
    for given in ({}, {"sharedSecret": None, "pathKeyAllowed": None}):
        made = (await api.change("sourceCreate", {"name": f"Shop {len(given)}", **given}, CHANGED))["source"]

        assert (made["sharedSecret"], made["pathKeyAllowed"]) == (NONE, False)
        assert await posted(ingest, made["id"], "") == 401


async def test_the_secret_is_set_replaced_kept_and_cleared(api: Any, ingest: httpx.AsyncClient) -> None:
    source_id = await api.source()
    other = "the next secret of both"

    seen = [
        (await update(api, source_id, 1, sharedSecret=SHARED))["source"],
        (await update(api, source_id, 2, sharedSecret=SHARED, pathKeyAllowed=None))["source"],
        (await update(api, source_id, 2, pathKeyAllowed=True))["source"],
        (await update(api, source_id, 3, sharedSecret=other))["source"],
    ]
    taken = [await posted(ingest, source_id, secret) for secret in (SHARED, other)]
    seen.append((await update(api, source_id, 4, sharedSecret=None))["source"])
    seen.append((await update(api, source_id, 5, sharedSecret=None, pathKeyAllowed=False))["source"])

    assert [(one["revision"], one["sharedSecret"], one["pathKeyAllowed"]) for one in seen] == [
        (2, set_at(), False),
        (2, set_at(), False),
        (3, set_at(), True),
        (4, set_at(other), True),
        (5, NONE, True),
        (6, NONE, False),
    ]
    assert taken == [401, 200]
    assert await posted(ingest, source_id, other) == 401


@pytest.mark.parametrize(
    "secret", ["", "x" * 15, "x" * 257, " " + "x" * 20, "x" * 20 + "\n", "x" * 10 + "\x00" + "x" * 10]
)
async def test_one_that_could_be_guessed_or_is_another_to_the_sender_is_refused(
    api: Any, secret: str
) -> None:
    source_id = await api.source()

    made = await api.change("sourceCreate", {"name": "Segment", "sharedSecret": secret}, CHANGED)
    changed = await update(api, source_id, 1, sharedSecret=secret, name="Site")

    for payload in (made, changed):
        assert payload["source"] is None
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("INVALID", ["sharedSecret"])
        ]
        assert "Nothing was changed." in payload["errors"][0]["message"]
    data = await api.data(f"{{ sources {{ edges {{ node {{ name {SHOWN} }} }} }} }}")
    assert [edge["node"]["name"] for edge in data["sources"]["edges"]] == ["Shop"]
    assert data["sources"]["edges"][0]["node"]["sharedSecret"] == NONE


async def test_a_browser_source_has_neither_whichever_way_it_would_come_to_it(api: Any) -> None:
    page = await api.source(name="Page", trust="BROWSER")
    server = await api.source(name="Segment", sharedSecret=SHARED, pathKeyAllowed=True)
    both = {"sharedSecret": SHARED, "pathKeyAllowed": True}

    refused = [
        await api.change("sourceCreate", {"name": "Other", "trust": "BROWSER", **both}, CHANGED),
        await update(api, page, 1, **both),
        await update(api, server, 1, trust="BROWSER"),
    ]

    for payload in refused:
        assert payload["source"] is None
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("INVALID", ["sharedSecret"]),
            ("INVALID", ["pathKeyAllowed"]),
        ]
    freed = await update(api, server, 1, trust="BROWSER", sharedSecret=None, pathKeyAllowed=False)
    assert (freed["errors"], freed["source"]["trust"]) == ([], "BROWSER")
    assert (await update(api, page, 1, trust="SERVER", **both))["source"]["sharedSecret"] == set_at()


async def test_a_name_that_is_taken_changes_no_secret_either(api: Any, ingest: httpx.AsyncClient) -> None:
    await api.source(name="Site")
    source_id = await api.source(name="Segment", sharedSecret=SHARED)

    payload = await update(api, source_id, 1, name="Site", sharedSecret="the next secret of both")

    assert [error["code"] for error in payload["errors"]] == ["TAKEN"]
    assert await posted(ingest, source_id, SHARED) == 200


async def test_a_deleted_source_takes_its_secret_along(api: Any, ingest: httpx.AsyncClient) -> None:
    source_id = await api.source(sharedSecret=SHARED)

    await api.change("sourceDelete", {"id": source_id, "expectedRevision": 1}, "deletedId errors { code }")

    kept = await api.services.store.read(
        lambda c: c.execute(text("SELECT shared_secret, shared_secret_last_four FROM sources")).all()
    )
    assert [tuple(row) for row in kept] == [(None, None)]
    assert await posted(ingest, source_id, SHARED) == 401


async def test_the_audit_log_says_that_it_changed_and_the_key_of_repetitions_keeps_none_of_it(
    api: Any,
) -> None:
    given = {"name": "Segment", "sharedSecret": SHARED, "idempotencyKey": "once"}

    first = await api.change("sourceCreate", given, CHANGED)
    again = await api.change("sourceCreate", given, CHANGED)
    other = await api.change("sourceCreate", {**given, "sharedSecret": "the next secret of both"}, CHANGED)
    source_id = first["source"]["id"]
    await update(api, source_id, 1, sharedSecret=None, pathKeyAllowed=True)

    assert again == first
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    log = await api.data("{ auditEntries { edges { node { action changes { field before after } } } } }")
    told = {
        (edge["node"]["action"], change["field"]): (change["before"], change["after"])
        for edge in log["auditEntries"]["edges"]
        for change in edge["node"]["changes"]
    }
    assert told["sourceCreate", "sharedSecret"] == (None, "changed")
    assert told["sourceUpdate", "sharedSecret"] == (None, "changed")
    assert told["sourceUpdate", "pathKeyAllowed"] == ("false", "true")

    def answers(connection: Connection) -> list[str]:
        sealed = connection.scalars(text("SELECT answer FROM idempotency_keys")).all()
        return [api.services.secrets.decrypt(one) for one in sealed]

    kept = await api.services.store.read(answers)
    assert len(kept) == 1
    assert SHARED not in str(kept)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.READER, Role.VIEWER])
async def test_only_an_admin_sets_one_and_the_others_see_no_more_than_its_end(api: Any, role: Role) -> None:
    source_id = await api.source(sharedSecret=SHARED)
    token = await api.token(role)
    query = "mutation($input: SourceUpdateInput!) { sourceUpdate(input: $input) { errors { code } } }"

    answer = await api.ask(query, token, input={"id": source_id, "expectedRevision": 1, "sharedSecret": None})
    seen = await api.data(f"query($id: ID!) {{ source(id: $id) {{ {SHOWN} }} }}", token, id=source_id)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert seen["source"]["sharedSecret"] == set_at()
