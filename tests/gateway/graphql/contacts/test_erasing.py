"""contactErase, contactExport, and the address at which an export is."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select
from starlette.applications import Starlette

from destinations.kit import ConsentStatus
from gateway import exports
from gateway.pipeline import erasures
from gateway.storage import consent, people, tables, tokens
from gateway.workspace import Role
from tests.factories import ANN, NOW, word
from tests.gateway.graphql.conftest import ADMIN, Api

ERASE = "mutation($id: ID!) { contactErase(input: {id: $id}) { deletedId errors { code message path } } }"
EXPORT = (
    "mutation($id: ID!) { contactExport(input: {id: $id}) { url job { id } errors { code message path } } }"
)
JOBS = "{ jobs(kind: ERASE) { edges { node { id kind status total done message result } } } }"


@pytest.fixture
async def contact(api: Api) -> str:
    """The id of a contact that said yes."""

    def store(connection: Connection) -> str:
        people.add_contact(connection, "default", ANN, NOW)
        consent.add(connection, word())
        found = people.contact(connection, "default", ANN)
        assert found is not None
        return found[0]

    return await api.services.store.write(store)


async def erase(api: Api, one: str, *token: str) -> Any:
    return (await api.ask(ERASE, *token, id=one))["data"]["contactErase"]


async def fetch(api: Api, path: str, token: str | None = ADMIN) -> httpx.Response:
    app = Starlette(routes=exports.routes(api.services))
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph.test") as client:
        return await client.get(path, headers=headers)


async def token_of(api: Api, role: Role, space: str = "default") -> str:
    token = f"hgt_{role.value}_{space}"
    await api.services.store.write(
        lambda c: tokens.add(c, name=role.value, role=role, space=space, token=token, now=NOW)
    )
    return token


@pytest.mark.parametrize("named", ["id", "number"])
async def test_a_person_is_erased_by_a_job_that_says_what_it_did(api: Api, contact: str, named: str) -> None:
    one = contact if named == "id" else "+1 (202) 555-0101"

    assert await erase(api, one) == {"deletedId": contact, "errors": []}
    assert await erase(api, one) == {"deletedId": contact, "errors": []}  # it is one erasure
    (running,) = [edge["node"] for edge in (await api.data(JOBS))["jobs"]["edges"]]
    assert (running["kind"], running["status"], running["total"]) == ("ERASE", "RUNNING", None)

    assert await erasures.step(api.services)

    (done,) = [edge["node"] for edge in (await api.data(JOBS))["jobs"]["edges"]]
    assert (done["status"], done["total"], done["done"]) == ("DONE", 2, 2)
    assert done["result"] == {"consent_history": 1, "contacts": 1}
    assert await api.data(f'{{ node(id: "{contact}") {{ id }} contact(phone: "{ANN}") {{ id }} }}') == {
        "node": None,
        "contact": None,
    }
    again = await erase(api, one)
    assert (again["deletedId"], [error["code"] for error in again["errors"]]) == (None, ["NOT_FOUND"])


async def test_the_audit_log_keeps_that_somebody_was_erased_and_not_who(api: Api, contact: str) -> None:
    await erase(api, contact)
    await erasures.step(api.services)

    rows = await api.services.store.read(lambda c: c.execute(select(tables.audit_entries)).all())
    assert [(row.action, row.target_id) for row in rows] == [("contactErase", contact)]
    assert ANN[1:] not in str(rows)


async def test_whom_an_erasure_is_about_is_sealed_while_it_runs(api: Api, contact: str) -> None:
    await erase(api, contact)

    (row,) = await api.services.store.read(lambda c: c.execute(select(tables.erasures)).all())
    assert ANN[1:] not in row.sealed
    assert ANN in api.services.secrets.decrypt(row.sealed)


async def test_a_stop_that_outlived_an_erasure_is_shown_once_the_number_is_there_again(
    api: Api, contact: str
) -> None:
    no = word(ConsentStatus.UNSUBSCRIBED, 5, own_word=True, sender="+12025550000")
    await api.services.store.write(lambda c: consent.add(c, no))
    await erase(api, contact)
    await erasures.step(api.services)
    await api.services.store.write(lambda c: people.add_contact(c, "default", ANN, NOW))

    asked = f'{{ contact(phone: "{ANN}") {{ consents {{ status evidence {{ method }} }} }} }}'
    standing = (await api.data(asked))["contact"]["consents"]

    assert {one["status"] for one in standing} == {"UNSUBSCRIBED"}
    assert standing[0]["evidence"] == {"method": "kept when the person was erased"}


@pytest.mark.parametrize("action", ["jobPause", "jobCancel"])
async def test_only_an_admin_stops_an_erasure(api: Api, contact: str, action: str) -> None:
    await erase(api, contact)
    (running,) = [edge["node"] for edge in (await api.data(JOBS))["jobs"]["edges"]]
    change = f'mutation {{ {action}(input: {{id: "{running["id"]}"}}) {{ job {{ status }} }} }}'

    refused = await api.ask(change, await token_of(api, Role.OPERATOR))
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await api.data(change)

    sealed = await api.services.store.read(lambda c: c.execute(select(tables.erasures)).all())
    assert len(sealed) == (1 if action == "jobPause" else 0)


async def test_an_export_is_fetched_by_an_admin_of_the_space_and_written_into_the_log(
    api: Api, contact: str
) -> None:
    told = (await api.data(EXPORT, id=contact))["contactExport"]
    path = f"/exports/{contact}"
    assert told["url"].endswith(path)
    assert (told["job"], told["errors"]) == (None, [])

    found = await fetch(api, path)

    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"
    said = found.json()
    assert said["about"]["phones"] == [ANN]
    assert [row["phone"] for row in said["held"]["contacts"]] == [ANN]
    assert [row["status"] for row in said["held"]["consent_history"]] == ["SUBSCRIBED"]
    rows = await api.services.store.read(lambda c: c.execute(select(tables.audit_entries)).all())
    assert [row.action for row in rows] == ["contactExport", "contactExport.read"]


async def test_an_export_is_for_nobody_else(api: Api, contact: str) -> None:
    path = f"/exports/{contact}"
    operator, stranger = await token_of(api, Role.OPERATOR), await token_of(api, Role.ADMIN, "other")

    answers = [await fetch(api, path, token) for token in (None, "hgt_nobody", operator, stranger)]
    assert [one.status_code for one in answers] == [401, 401, 403, 404]
    assert [
        one.status_code for one in (await fetch(api, "/exports/con_0"), await fetch(api, "/exports/x"))
    ] == [
        404,
        404,
    ]
    assert all(ANN[1:] not in one.text for one in answers)
    assert await api.services.store.read(lambda c: c.execute(select(tables.audit_entries)).all()) == []


async def test_nobody_is_erased_of_whom_nothing_is_held(api: Api, contact: str) -> None:
    for one in ("con_0", "nobody", "+12025550199"):
        answer = await erase(api, one)
        assert (answer["deletedId"], answer["errors"][0]["code"]) == (None, "NOT_FOUND")
    stranger = await erase(api, contact, await token_of(api, Role.ADMIN, "other"))
    assert stranger["errors"][0]["code"] == "NOT_FOUND"
    assert (await api.data(JOBS))["jobs"]["edges"] == []
