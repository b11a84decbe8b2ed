"""`POST /uploads` and `consentImport`: a file or rows, counted first and recorded then; and the command that does both."""

from io import BytesIO, StringIO
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from gateway import uploads
from gateway.import_command import ConsentFile
from gateway.pipeline import consent_imports
from gateway.remote import Remote
from gateway.storage import tables
from gateway.workspace import Role
from tests.factories import ANN, BOB
from tests.gateway.graphql.conftest import ADMIN, Api

URL = "http://heliograph.test"
FILE = f"phone,channel,status,at\n{ANN},SMS,yes,2026-01-02\n{BOB},SMS,no,\nnobody,SMS,yes,\n"
PAYLOAD = "job { id kind status total result } errors { code message path }"


def client_of(api: Api) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/graphql", api.endpoint), *uploads.routes(api.services)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL)


async def upload(api: Api, body: bytes, token: str | None = ADMIN, **headers: str) -> httpx.Response:
    given = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with client_of(api) as client:
        return await client.post("/uploads", content=body, headers={**given, **headers})


async def held(api: Api) -> list[Any]:
    def read(connection: Any) -> list[Any]:
        kept = (tables.uploads, tables.upload_pieces, tables.consent_history, tables.contacts)
        return [tuple(row) for table in kept for row in connection.execute(select(table))]

    return await api.services.store.read(read)


async def asked(api: Api, token: str = ADMIN, **given: Any) -> Any:
    return await api.change("consentImport", {"idempotencyKey": "one", **given}, PAYLOAD, token)


async def test_a_file_is_taken_whatever_its_line_ends_and_mark(api: Api) -> None:
    answer = await upload(api, b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())

    assert answer.status_code == 201
    told = answer.json()
    assert (told["bytes"], told["lines"]) == (len(FILE) + 4 + 3, 4)
    assert told["expiresAt"] == "2026-03-02T12:00:00.000Z"
    [whole, piece] = await held(api)
    assert (whole[0], piece[2]) == (told["uploadId"], FILE)


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"", {}, 400, "The file is empty."),
        (FILE.encode("utf-16"), {}, 415, "It is UTF-16"),
        (b"phone\n\xff\xfa\n", {}, 415, "It is not UTF-8"),
        (b"phone\n\x00\n", {}, 415, "zero character"),
        (b"x" * 100_001, {}, 415, "A line of it"),
        (b"x", {"Content-Length": "100000001"}, 413, "more than 100 MB"),
        (b"x", {"Content-Encoding": "gzip"}, 415, "packed"),
    ],
)
async def test_what_is_no_file_to_import_is_refused_and_leaves_nothing(
    api: Api, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    answer = await upload(api, body, **headers)

    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert said in error["message"]
    assert "Nothing of it was kept." in error["message"]
    assert await held(api) == []


async def test_a_file_that_grows_too_large_is_refused_while_it_comes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1_000_000)

    async def endless() -> Any:
        while True:
            yield b"x" * 99_999 + b"\n"

    async with client_of(api) as client:
        answer = await client.post(
            "/uploads", content=endless(), headers={"Authorization": f"Bearer {ADMIN}"}
        )

    assert answer.status_code == 413
    assert await held(api) == []


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.READER, 403), (Role.OPERATOR, 201)])
async def test_an_upload_takes_the_token_of_an_operator(api: Api, role: Role | None, status: int) -> None:
    token = None if role is None else await api.token(role)

    assert (await upload(api, FILE.encode(), token)).status_code == status
    assert bool(await held(api)) is (status == 201)


async def test_a_file_is_counted_and_then_recorded(api: Api) -> None:
    one = (await upload(api, FILE.encode())).json()["uploadId"]
    dry = await asked(api, uploadId=one)
    assert await consent_imports.step(api.services)
    assert len(await held(api)) == 2

    done = await asked(api, uploadId=one, dryRun=False, idempotencyKey="two")
    assert await consent_imports.step(api.services)

    assert dry["errors"] == done["errors"] == []
    assert (dry["job"]["kind"], dry["job"]["status"], dry["job"]["total"]) == (
        "CONSENT_IMPORT",
        "RUNNING",
        None,
    )
    assert await asked(api, uploadId=one, dryRun=False, idempotencyKey="two") == done
    query = "query($id: ID!) { node(id: $id) { ... on Job { status total done failed result } } }"
    job = (await api.data(query, id=done["job"]["id"]))["node"]
    assert (job["status"], job["total"], job["done"], job["failed"]) == ("DONE", 3, 2, 1)
    assert (job["result"]["subscribed"], job["result"]["unsubscribed"], job["result"]["bad"]) == (1, 1, 1)
    assert len(await held(api)) == 2 + 2 + 2


async def test_another_space_has_no_such_file(api: Api) -> None:
    one = (await upload(api, FILE.encode())).json()["uploadId"]

    refused = await asked(api, await api.token(Role.ADMIN, "other"), uploadId=one)

    assert refused["job"] is None
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("NOT_FOUND", ["uploadId"])]


async def test_a_file_without_a_column_that_is_needed_makes_no_job(api: Api) -> None:
    one = (await upload(api, b"phone,status\n")).json()["uploadId"]

    refused = await asked(api, uploadId=one)

    assert refused["job"] is None
    assert "no column `channel`" in refused["errors"][0]["message"]


async def test_rows_are_recorded_and_what_is_wrong_with_one_is_told_by_its_place(api: Api) -> None:
    row = {"phone": ANN, "channel": "MMS", "status": "SUBSCRIBED", "evidence": {"method": "paper"}}

    made = await asked(api, rows=[row, {**row, "phone": "nobody"}], dryRun=False)
    assert await consent_imports.step(api.services)

    query = "query($id: ID!) { node(id: $id) { ... on Job { result } } }"
    result = (await api.data(query, id=made["job"]["id"]))["node"]["result"]
    assert (result["subscribed"], [one["line"] for one in result["problems"]]) == (1, [2])
    assert [
        len(row) for row in await held(api) if row[0] == 1
    ] != []  # the rows themselves are kept no longer
    assert await api.services.store.read(lambda c: c.execute(select(tables.uploads)).all()) == []


@pytest.mark.parametrize("given", [{}, {"rows": []}, {"rows": [], "uploadId": "upl_1"}])
async def test_one_of_rows_and_file_is_needed(api: Api, given: dict[str, Any]) -> None:
    refused = await asked(api, **given)

    assert (refused["job"], len(refused["errors"])) == (None, 1)
    assert await held(api) == []


@pytest.mark.parametrize("apply", [True, False])
async def test_the_command_shows_what_a_file_comes_to_and_applies_it(api: Api, apply: bool) -> None:
    out = StringIO()

    async def work(_seconds: float) -> None:
        await consent_imports.step(api.services)

    async with client_of(api) as client:
        one = ConsentFile(Remote(URL, SecretStr(ADMIN)), "who agreed.csv", sleep=work)
        console = Console(file=out, width=100)
        good = await one.run(BytesIO(FILE.encode()), console, apply=apply, client=client)

    assert not good
    assert "line 4, phone: 'nobody' is no phone number" in out.getvalue()
    command = f"heliograph import consent 'who agreed.csv' --apply --url {URL}"
    assert (command in out.getvalue()) is not apply
    assert len(await held(api)) == (6 if apply else 2)
