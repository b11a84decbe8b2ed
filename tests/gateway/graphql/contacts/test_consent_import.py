"""`POST /uploads` and `consentImport`: a file or rows, counted first and recorded then; and the command that does both."""

import json
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway import consent, uploads
from gateway.import_command import ConsentFile
from gateway.pipeline import consent_imports
from gateway.remote import Remote
from gateway.storage import consent as history, tables
from gateway.workspace import Role
from tests.factories import ANN, BOB
from tests.gateway.graphql.conftest import ADMIN, Api

URL = "http://heliograph.test"
FILE = f"phone,channel,status,at\n{ANN},SMS,yes,2026-01-02\n{BOB},SMS,no,\nnobody,SMS,yes,\n"
PAYLOAD = "job { id kind status total result } errors { code message path }"


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    """One of them brings an export along."""
    return installed()


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


TWILIO = f"phone_number,messaging_service_sid,opt_out_type,opted_out_at\n{ANN},MG1,STOP,2026-01-02T03:04:05Z\n{BOB},MG1,STOP,\n"


async def result(api: Api, made: Any) -> Any:
    assert await consent_imports.step(api.services)
    job = "query($id: ID!) { node(id: $id) { ... on Job { status result } } }"
    found = (await api.data(job, id=made["job"]["id"]))["node"]
    assert found["status"] == "DONE"
    return found["result"]


async def test_an_export_of_stops_takes_an_admin_and_nothing_happens_otherwise(api: Api) -> None:
    one = (await upload(api, TWILIO.encode())).json()["uploadId"]
    before = await held(api)

    refused = await asked(api, await api.token(Role.OPERATOR), uploadId=one, dryRun=False)

    assert (refused["job"], [error["code"] for error in refused["errors"]]) == (None, ["FORBIDDEN"])
    assert (
        "takes the role ADMIN; this token has OPERATOR. Nothing was changed."
        in refused["errors"][0]["message"]
    )
    assert await held(api) == before


async def test_a_stop_of_an_export_is_the_persons_own_and_an_import_lifts_none(api: Api) -> None:
    one = (await upload(api, TWILIO.encode())).json()["uploadId"]
    first = await result(api, await asked(api, uploadId=one, dryRun=False))
    again = await result(api, await asked(api, uploadId=one, dryRun=False, idempotencyKey="two"))
    start = f"phone_number,messaging_service_sid,opt_out_type\n{ANN},MG1,START\n"
    later = (await upload(api, start.encode())).json()["uploadId"]
    lifted = await result(api, await asked(api, uploadId=later, dryRun=False, idempotencyKey="three"))

    words = await api.services.store.read(lambda c: history.of_number(c, "default", ANN))

    assert (first["export"], first["unsubscribed"], again["unchanged"], lifted["stopped"]) == (
        "twilio",
        2,
        2,
        1,
    )
    stop, start_ = words
    assert (stop.own_word, stop.sender, stop.source, stop.in_words) == (
        *(True, "MG1", "consentImport"),
        "stopped by export of Twilio's opt-outs on 2 January 2026, imported, said to MG1",
    )
    assert (start_.own_word, start_.lifts) == (False, False)
    state = consent.state(words, "MG1")
    assert state is not None
    assert (state.stopped, state.status.value) == (True, "UNSUBSCRIBED")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"from": "mailchimp"}, ["uploadId"]),
        ({"channel": "WHATSAPP"}, ["uploadId"]),
        ({"from": "klaviyo"}, ["uploadId"]),
    ],
)
async def test_what_is_said_of_a_file_and_does_not_fit_makes_no_job(
    api: Api, given: dict[str, str], path: list[str]
) -> None:
    one = (await upload(api, FILE.encode())).json()["uploadId"]

    refused = await asked(api, uploadId=one, **given)

    assert (refused["job"], [error["path"] for error in refused["errors"]]) == (None, [path])


async def test_rows_are_no_export(api: Api) -> None:
    row = {"phone": ANN, "channel": "SMS", "status": "SUBSCRIBED", "evidence": {"method": "paper"}}

    refused = await asked(api, rows=[row], **{"from": "plain"})

    assert [error["path"] for error in refused["errors"]] == [["from"]]


@pytest.mark.parametrize("indent", [None, 2])
async def test_json_is_kept_as_rows_and_imported(api: Api, indent: int | None) -> None:
    people = [
        {"phone": ANN, "subscription_groups": [{"channel": "sms", "status": "Subscribed"}]},
        {"phone": "nobody", "subscription_groups": [{"channel": "sms", "status": "Subscribed"}]},
        {"phone": None, "external_id": "u3"},
    ]
    text = json.dumps({"users": people, "message": "success"}, indent=indent)
    answer = (await upload(api, b"\xef\xbb\xbf" + text.encode())).json()

    told = await result(api, await asked(api, uploadId=answer["uploadId"], dryRun=False))

    assert answer["lines"] == 3
    counts = {name: told[name] for name in ("rows", "subscribed", "silent", "bad", "export", "channel")}
    assert counts == {"rows": 3, "subscribed": 1, "silent": 1, "bad": 1, "export": "braze", "channel": None}
    assert [one["line"] for one in told["problems"]] == [2]
    assert told["columns"][0] == {"column": "phone", "reads": "phone", "example": "+1••••01"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'[{"phone": "x"}, {"pho', "It breaks off behind row 1"),
        (b'[{"phone": "x"}, {"phone": nobody knows this word}]', "none behind row 1"),
        (b"[]", "The file is empty."),
        (b'[{"a": "' + b"x" * 200_000 + b'"}]', "more than 100,000 characters"),
        (json.dumps([{"phone": "x"}]).encode("utf-16"), "It is UTF-16"),
    ],
)
async def test_json_that_is_not_whole_leaves_nothing(api: Api, body: bytes, said: str) -> None:
    answer = await upload(api, body)

    assert answer.status_code in (400, 415)
    assert said in answer.json()["errors"][0]["message"]
    assert await held(api) == []


@pytest.mark.parametrize("answer", [True, False])
async def test_the_command_shows_how_it_reads_a_file_and_asks(api: Api, answer: bool) -> None:
    out, questions = StringIO(), list[str]()

    async def work(_seconds: float) -> None:
        await consent_imports.step(api.services)

    def ask(question: str) -> bool:
        questions.append(question)
        return answer

    async with client_of(api) as client:
        one = ConsentFile(Remote(URL, SecretStr(ADMIN)), "k.csv", export="klaviyo", sleep=work)
        console = Console(file=out, width=140)
        text = f"Phone Number,SMS Consent,SMS Consent Timestamp,City\n{ANN},SUBSCRIBED,2026-01-02 03:04:05,Rome\n"
        assert await one.run(BytesIO(text.encode()), console, apply=False, ask=ask, client=client)

    said = out.getvalue()
    assert questions == ["Record this?"]
    assert "It is read as klaviyo: it was said." in said
    assert "Phone Number" in said
    assert "+1••••01" in said
    assert "UTC if it has no zone" in said
    assert "Columns that nobody reads: City" in said
    assert ANN not in said
    assert ("--apply" in said) is not answer
    if not answer:
        assert f"heliograph import consent k.csv --apply --url {URL} --from klaviyo" in said
    assert len(await held(api)) == (4 if answer else 2)
