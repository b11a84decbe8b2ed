"""API tokens: made, listed, used and revoked."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.auth import Authenticator, Viewer
from gateway.storage import tokens as stored
from gateway.workspace import Role

TOKEN = "id name role space lastFour createdAt lastUsedAt"
MADE = f"apiToken {{ {TOKEN} }} token errors {{ code path message }}"
WHO = "{ viewer { name role space } }"
LISTED = f"{{ apiTokens {{ totalCount edges {{ node {{ {TOKEN} }} }} }} }}"


async def make(
    api: Any, name: str = "Ann", role: str = "READER", token: str | None = None, **given: Any
) -> Any:
    asked = {"name": name, "role": role, **given}
    return await api.change("apiTokenCreate", asked, MADE, *([token] if token else []))


async def revoke(api: Any, token_id: str, token: str | None = None) -> Any:
    query = (
        "mutation($id: ID!) { apiTokenRevoke(input: {id: $id}) { deletedId errors { code path message } } }"
    )
    return (await api.data(query, *([token] if token else []), id=token_id))["apiTokenRevoke"]


async def listed(api: Any, token: str | None = None) -> list[Any]:
    data = await api.data(LISTED, *([token] if token else []))
    return [edge["node"] for edge in data["apiTokens"]["edges"]]


async def without_admin_by_setting(api: Any) -> None:
    """As on a server where HELIOGRAPH_ADMIN_TOKEN is not set."""
    api.services.authenticator._admin_hash = None


async def test_a_token_is_shown_once_and_lets_its_holder_in(api: Any) -> None:
    made = await make(api, " Ann ", space="brand")

    shown = made["apiToken"]
    assert made["errors"] == []
    assert made["token"].startswith("hgt_")
    assert shown == {
        "id": shown["id"],
        "name": "Ann",
        "role": "READER",
        "space": "brand",
        "lastFour": made["token"][-4:],
        "createdAt": "2026-03-01T12:00:00.000Z",
        "lastUsedAt": None,
    }
    assert await api.data(WHO, made["token"]) == {
        "viewer": {"name": "Ann", "role": "READER", "space": "brand"}
    }


async def test_tokens_are_listed_by_space_the_newest_first_and_never_themselves(api: Any) -> None:
    admin = (await make(api, "Boss", "ADMIN", space="brand"))["token"]
    api.clock.advance(1)
    ann = await make(api, "Ann", space="brand", token=admin)
    await make(api, "Elsewhere")

    answer = await api.post({"query": LISTED}, admin)

    nodes = [edge["node"] for edge in answer.json()["data"]["apiTokens"]["edges"]]
    assert [node["name"] for node in nodes] == ["Ann", "Boss"]
    assert ann["token"] not in answer.text
    assert admin not in answer.text
    assert [node["name"] for node in await listed(api)] == ["Elsewhere"]


async def test_a_token_is_found_by_its_id_by_an_admin_of_its_space_and_by_its_holder(api: Any) -> None:
    made = await make(api)
    other = await make(api, "Bob")
    foreign = await api.token(Role.ADMIN, "brand")
    query, key = "query($id: ID!) { node(id: $id) { ... on ApiToken { name } } }", made["apiToken"]["id"]

    assert await api.data(query, id=key) == {"node": {"name": "Ann"}}
    assert await api.data(query, made["token"], id=key) == {"node": {"name": "Ann"}}
    assert await api.data(query, other["token"], id=key) == {"node": None}
    assert await api.data(query, foreign, id=key) == {"node": None}


async def test_says_all_that_is_wrong_and_makes_nothing(api: Any) -> None:
    payload = await make(api, " ", space="no blanks")

    assert payload["token"] is None
    assert payload["apiToken"] is None
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("REQUIRED", ["name"]),
        ("INVALID", ["space"]),
    ]
    assert await listed(api) == []


@pytest.mark.parametrize("name", ["first admin", " the command line "])
async def test_no_token_is_named_as_somebody_else_in_the_audit_log(api: Any, name: str) -> None:
    payload = await make(api, name)

    [error] = payload["errors"]
    assert (error["code"], error["path"], payload["token"]) == ("TAKEN", ["name"], None)
    assert await listed(api) == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.READER, Role.VIEWER])
async def test_tokens_are_an_admins(api: Any, role: Role) -> None:
    made, token = await make(api), await api.token(role)
    asked = (
        LISTED,
        'mutation { apiTokenCreate(input: {name: "X", role: VIEWER}) { token } }',
        f'mutation {{ apiTokenRevoke(input: {{id: "{made["apiToken"]["id"]}"}}) {{ deletedId }} }}',
    )

    answers = [await api.ask(query, token) for query in asked]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["FORBIDDEN"] * 3
    assert len(await listed(api)) == 2


async def test_a_revoked_token_is_answered_as_one_that_never_was(api: Any) -> None:
    made = await make(api)
    assert (await api.post({"query": WHO}, made["token"])).status_code == 200

    payload = await revoke(api, made["apiToken"]["id"])
    revoked = await api.post({"query": WHO}, made["token"])
    unknown = await api.post({"query": WHO}, "hgt_never-was")

    assert payload == {"deletedId": made["apiToken"]["id"], "errors": []}
    assert revoked.status_code == unknown.status_code == 401
    assert revoked.headers["www-authenticate"] == unknown.headers["www-authenticate"]
    assert told(revoked) == told(unknown)
    assert await listed(api) == []


def told(answer: Any) -> Any:
    """All but the id of the request, which every answer has for itself."""
    body = answer.json()
    body["errors"][0]["extensions"].pop("requestId")
    return body


async def test_a_revocation_by_another_process_holds_from_the_next_request_on(api: Any) -> None:
    made = await make(api)
    viewer = await api.services.authenticator.authenticate(f"Bearer {made['token']}")

    await api.services.store.write(lambda c: stored.remove(c, made["apiToken"]["id"]))

    assert (await api.post({"query": WHO}, made["token"])).status_code == 401
    assert not await api.services.authenticator.still(viewer)


async def test_a_token_is_revoked_once_and_by_its_own_space_alone(api: Any) -> None:
    made, foreign = await make(api), await api.token(Role.ADMIN, "brand")
    key = made["apiToken"]["id"]
    missing = {
        "code": "NOT_FOUND",
        "path": ["id"],
        "message": "There is no token with this id. Nothing was changed.",
    }

    assert await revoke(api, key, foreign) == {"deletedId": None, "errors": [missing]}
    assert (await revoke(api, key))["deletedId"] == key
    assert await revoke(api, key) == {"deletedId": None, "errors": [missing]}


async def test_the_last_admin_of_a_space_can_not_lock_it(api: Any) -> None:
    first = await make(api, "First", "ADMIN", space="brand")
    await make(api, "Elsewhere", "ADMIN")
    await without_admin_by_setting(api)

    refused = await revoke(api, first["apiToken"]["id"], first["token"])
    second = await make(api, "Second", "ADMIN", first["token"], space="brand")
    done = await revoke(api, first["apiToken"]["id"], second["token"])

    [error] = refused["errors"]
    assert (refused["deletedId"], error["code"], error["path"]) == (None, "IN_USE", ["id"])
    assert error["message"] == (
        "First is the last ADMIN token of the space brand: nobody could make another through this API. Nothing was changed. Make one "
        "with apiTokenCreate first, use it, then revoke this one."
    )
    assert done == {"deletedId": first["apiToken"]["id"], "errors": []}


async def test_of_two_last_admins_who_revoke_each_other_one_is_left_on_postgresql(
    remote_api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = remote_api
    pair = [await make(api, name, "ADMIN") for name in ("One", "Two")]
    await without_admin_by_setting(api)
    [one, two] = pair
    authenticate, known = api.services.authenticator.authenticate, asyncio.Barrier(2)

    async def beside_the_other(header: str | None) -> Any:
        """Neither token is gone before both were known."""
        viewer = await authenticate(header)
        await known.wait()
        return viewer

    monkeypatch.setattr(api.services.authenticator, "authenticate", beside_the_other)
    answers = await asyncio.gather(
        revoke(api, two["apiToken"]["id"], one["token"]), revoke(api, one["apiToken"]["id"], two["token"])
    )

    assert sum(answer["deletedId"] is not None for answer in answers) == 1
    assert [error["code"] for answer in answers for error in answer["errors"]] == ["IN_USE"]


async def test_where_the_setting_lets_an_admin_in_the_last_token_can_go(api: Any) -> None:
    made = await make(api, role="ADMIN")

    assert (await revoke(api, made["apiToken"]["id"]))["errors"] == []


async def last_used(api: Any, token_id: str) -> Any:
    await api.services.authenticator.close()
    found = await api.services.store.read(lambda c: stored.get(c, token_id))
    return found.last_used_at


async def test_the_last_use_is_kept_once_a_minute_and_not_by_every_request(api: Any) -> None:
    made = await make(api)
    key, start = made["apiToken"]["id"], api.clock.now()

    await api.data(WHO, made["token"])
    first = await last_used(api, key)
    api.clock.advance(59)
    await api.data(WHO, made["token"])
    second = await last_used(api, key)
    api.clock.advance(1)
    await api.data(WHO, made["token"])
    third = await last_used(api, key)

    assert (first, second, third) == (start, start, start + timedelta(seconds=60))
    assert [node["lastUsedAt"] for node in await listed(api)] == ["2026-03-01T12:01:00.000Z"]


async def test_an_earlier_use_that_is_written_late_takes_nothing_back(api: Any) -> None:
    key, now = (await make(api))["apiToken"]["id"], api.clock.now()
    store = api.services.store

    await store.write(lambda c: stored.used(c, {key: now}))
    await store.write(lambda c: stored.used(c, {key: now - timedelta(seconds=1)}))

    assert await last_used(api, key) == now


async def test_whoever_asks_at_a_time_whether_tokens_stand_shares_one_read(api: Any) -> None:
    made = [await make(api, f"Token {number}") for number in range(3)]
    authenticator = api.services.authenticator
    viewers = [await authenticator.authenticate(f"Bearer {one['token']}") for one in made]
    await authenticator.close()
    await revoke(api, made[1]["apiToken"]["id"])
    counting = Counting(api.services.store)
    asked = Authenticator(counting, SecretStr("an-admin-token"), api.clock)

    stands = await asyncio.gather(*(asked.still(viewer) for viewer in viewers * 100))

    assert stands == [True, False, True] * 100
    assert counting.reads == 1
    assert await asked.still(Viewer("first admin", Role.ADMIN, "default", every_space=True))
    assert counting.reads == 1


class Counting:
    """A store that counts how often it is read."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.reads = 0

    async def read(self, query: Any) -> Any:
        self.reads += 1
        return await self._store.read(query)

    async def write(self, *given: Any, **options: Any) -> Any:
        raise AssertionError("Nothing is written")

    async def close(self) -> None:
        raise AssertionError("It is not ours")


async def test_a_repeated_call_makes_no_second_token_and_shows_the_token_no_second_time(api: Any) -> None:
    first = await make(api, idempotencyKey="ann")
    again = await make(api, " Ann ", idempotencyKey="ann")
    other = await make(api, role="ADMIN", idempotencyKey="ann")
    blank = await make(api, idempotencyKey="")
    nodes = await listed(api)

    assert first["token"].startswith("hgt_")
    assert again == {**first, "token": None}
    for refused in (other, blank):
        assert (refused["apiToken"], refused["token"]) == (None, None)
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert [(error["code"], error["path"]) for error in blank["errors"]] == [("INVALID", ["idempotencyKey"])]
    assert [node["id"] for node in nodes] == [first["apiToken"]["id"]]


async def test_a_token_that_was_revoked_is_not_made_anew_under_its_key(api: Any) -> None:
    made = await make(api, idempotencyKey="ann")
    await revoke(api, made["apiToken"]["id"])

    again = await make(api, idempotencyKey="ann")

    assert (again["apiToken"], again["token"]) == (None, None)
    [error] = again["errors"]
    assert error == {
        "code": "NOT_FOUND",
        "path": ["idempotencyKey"],
        "message": f"The token that was made under this key, {made['apiToken']['id']}, was revoked since. Nothing was made: "
        "take a new key.",
    }
    assert await listed(api) == []
