"""Pausing, resuming and canceling an import of consent, on both engines: what was recorded stays, and each row is counted once."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from destinations import kit
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.pipeline import consent_imports
from gateway.settings import Settings
from gateway.storage import consent as history, tables, uploads
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api, opened

ROWS = [
    {
        "phone": f"+1202555{number:04}",
        "channel": "SMS",
        "status": "SUBSCRIBED",
        "evidence": {"method": "paper"},
    }
    for number in range(100, 180)
]
FILE = "phone,channel,status,at\n" + "".join(f"{row['phone']},SMS,yes,2026-01-02\n" for row in ROWS)
NOTHING = dict.fromkeys(consent_imports.COUNTS, 0)
FIRST_PAGES = 6
"""So many rows are read when the job is stopped in its middle."""

JOB = "status total done failed message result finishedAt"
BY = "by OPERATOR of default."


@pytest.fixture
async def api(
    store: Store,
    tmp_path: Path,
    limits: Limits,
    definitions: Mapping[str, kit.DestinationDefinition],
    budget: Budget,
    gateway_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Api]:
    monkeypatch.setattr(consent_imports, "PAGE", 1)
    async with opened(store, tmp_path, limits, definitions, budget, gateway_settings) as one:
        yield one


@pytest.fixture
async def operator(api: Api) -> str:
    return await api.token(Role.OPERATOR)


async def asked(api: Api, token: str, *, dry_run: bool = False, **given: Any) -> str:
    """The id of a job that imports these rows, or that upload."""
    what = {"dryRun": dry_run, "idempotencyKey": f"key-{sorted(given)}-{dry_run}", **given}
    made = await api.change("consentImport", what, "job { id } errors { message }", token)
    assert made["errors"] == []
    return str(made["job"]["id"])


async def uploaded(api: Api) -> str:
    now = api.services.clock.now()
    return await api.services.store.write(lambda c: uploads.keep(c, "default", FILE, now))


async def job(api: Api, job_id: str) -> Any:
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Job {{ {JOB} }} }} }}"
    return (await api.data(query, id=job_id))["node"]


async def brought(api: Api, mutation: str, job_id: str, token: str) -> Any:
    query = (
        f"mutation($input: IdInput!) {{ {mutation}(input: $input) {{ job {{ {JOB} }} errors {{ code }} }} }}"
    )
    return (await api.data(query, token, input={"id": job_id}))[mutation]


def counted(**counts: int) -> dict[str, int]:
    return {**NOTHING, **counts}


def counts_of(shown: Any) -> dict[str, int]:
    return {name: shown["result"][name] for name in consent_imports.COUNTS}


async def recorded(api: Api) -> list[str]:
    """Whose words there are, one by one."""
    query = select(tables.consent_history.c.phone).order_by(tables.consent_history.c.phone)
    return list(await api.services.store.read(lambda c: c.scalars(query).all()))


async def kept(api: Api) -> int:
    """How many files there are."""
    return len(await api.services.store.read(lambda c: c.scalars(select(tables.uploads.c.id)).all()))


async def stopped_in_its_middle(
    api: Api, monkeypatch: pytest.MonkeyPatch, mutation: str, job_id: str, token: str
) -> Any:
    """What that mutation answers, which comes between two pages of the job."""
    store, write = api.services.store, api.services.store.write
    answers: list[Any] = []
    done = 0

    async def then_stop(change: Callable[[Connection], Any], **how: Any) -> Any:
        nonlocal done
        result = await write(change, **how)
        done += 1
        if done == 4:
            answers.append(await brought(api, mutation, job_id, token))
        return result

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", then_stop)
        assert await consent_imports.step(api.services)
    [answer] = answers
    return answer


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_paused_import_goes_on_where_it_was_and_counts_every_row_once(
    api: Api, operator: str, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    one = await asked(api, operator, uploadId=await uploaded(api), dry_run=dry_run)

    paused = await stopped_in_its_middle(api, monkeypatch, "jobPause", one, operator)
    assert not await consent_imports.step(api.services)
    waits = await job(api, one)
    recorded_then = await recorded(api)
    resumed = await brought(api, "jobResume", one, operator)
    assert await consent_imports.step(api.services)

    assert (paused["job"]["status"], paused["job"]["message"], paused["errors"]) == (
        "PAUSED",
        f"Paused {BY}",
        [],
    )
    assert (waits["status"], waits["total"], waits["done"], waits["failed"]) == (
        "PAUSED",
        None,
        FIRST_PAGES,
        0,
    )
    assert counts_of(waits) == counted(rows=FIRST_PAGES, subscribed=FIRST_PAGES)
    assert len(recorded_then) == FIRST_PAGES * (not dry_run)
    assert (resumed["job"]["status"], resumed["job"]["message"]) == ("RUNNING", f"Resumed {BY}")
    done = await job(api, one)
    assert (done["status"], done["total"], done["done"], done["failed"]) == ("DONE", 80, 80, 0)
    assert counts_of(done) == counted(rows=80, subscribed=80)
    assert await recorded(api) == ([] if dry_run else [row["phone"] for row in ROWS])


@pytest.mark.parametrize("dry_run", [False, True])
async def test_of_a_canceled_import_what_was_recorded_stays_and_the_rest_is_not_recorded(
    api: Api, operator: str, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    upload = await uploaded(api)
    one = await asked(api, operator, uploadId=upload, dry_run=dry_run)

    canceled = await stopped_in_its_middle(api, monkeypatch, "jobCancel", one, operator)
    assert not await consent_imports.step(api.services)

    ended = await job(api, one)
    assert (canceled["job"], canceled["errors"]) == (ended, [])
    assert (ended["status"], ended["total"], ended["done"], ended["failed"]) == (
        "CANCELED",
        None,
        FIRST_PAGES,
        0,
    )
    assert (ended["message"], ended["finishedAt"]) == (f"Canceled {BY}", "2026-03-01T12:00:00.000Z")
    assert counts_of(ended) == counted(rows=FIRST_PAGES, subscribed=FIRST_PAGES)
    first = [row["phone"] for row in ROWS[:FIRST_PAGES]]
    assert await recorded(api) == ([] if dry_run else first)
    for mutation in ("jobResume", "jobPause", "jobCancel"):
        refused = await brought(api, mutation, one, operator)
        assert (refused["job"], [error["code"] for error in refused["errors"]]) == (ended, ["INVALID"])


async def test_a_file_of_a_canceled_import_can_be_imported_again_and_no_row_is_recorded_twice(
    api: Api, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await uploaded(api)
    one = await asked(api, operator, uploadId=upload)
    await stopped_in_its_middle(api, monkeypatch, "jobCancel", one, operator)

    again = await asked(api, operator, uploadId=upload, idempotencyKey="again")
    assert await consent_imports.step(api.services)

    done = await job(api, again)
    assert (done["status"], done["total"], done["done"]) == ("DONE", 80, 80)
    assert counts_of(done) == counted(rows=80, unchanged=FIRST_PAGES, subscribed=80 - FIRST_PAGES)
    assert await recorded(api) == [row["phone"] for row in ROWS]


async def test_rows_of_a_canceled_import_are_not_kept_and_a_file_is_for_its_day(
    api: Api, operator: str
) -> None:
    given = await asked(api, operator, rows=ROWS[:3])
    file = await asked(api, operator, uploadId=await uploaded(api))
    assert await kept(api) == 2

    await brought(api, "jobCancel", given, operator)
    await brought(api, "jobCancel", file, operator)

    assert not await consent_imports.step(api.services)
    assert (await recorded(api), await kept(api)) == ([], 1)


async def test_an_import_that_failed_goes_on_by_what_its_message_says(
    api: Api, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await asked(api, operator, uploadId=await uploaded(api))
    add_all, pages = history.add_all, 0

    def breaks(connection: Connection, entries: Any) -> None:
        nonlocal pages
        pages += 1
        if pages == 4:
            raise ZeroDivisionError
        add_all(connection, entries)

    with monkeypatch.context() as patched:
        patched.setattr(history, "add_all", breaks)
        assert await consent_imports.step(api.services)
    failed = await job(api, one)
    assert not await consent_imports.step(api.services)
    before = await recorded(api)
    _words, _said, mutation = failed["message"].partition("mutation ")
    pasted = await api.data(f"mutation {mutation}", operator)
    assert await consent_imports.step(api.services)

    assert (failed["status"], failed["done"], failed["failed"]) == ("FAILED", FIRST_PAGES, 0)
    assert len(before) == FIRST_PAGES
    assert pasted == {"jobResume": {"job": {"status": "RUNNING"}, "errors": []}}
    done = await job(api, one)
    assert (done["status"], done["total"], done["done"], done["failed"]) == ("DONE", 80, 80, 0)
    assert counts_of(done) == counted(rows=80, subscribed=80)
    assert await recorded(api) == [row["phone"] for row in ROWS]


async def test_an_import_whose_file_went_while_it_was_paused_says_so_and_keeps_what_it_recorded(
    api: Api, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await uploaded(api)
    one = await asked(api, operator, uploadId=upload)
    await stopped_in_its_middle(api, monkeypatch, "jobPause", one, operator)
    await api.services.store.write(lambda c: uploads.remove(c, upload))

    await brought(api, "jobResume", one, operator)
    assert await consent_imports.step(api.services)

    failed = await job(api, one)
    assert (failed["status"], failed["message"], failed["done"]) == (
        "FAILED",
        consent_imports.GONE,
        FIRST_PAGES,
    )
    assert len(await recorded(api)) == FIRST_PAGES


async def test_the_log_says_who_paused_resumed_and_canceled_an_import(api: Api, operator: str) -> None:
    one = await asked(api, operator, uploadId=await uploaded(api))

    for mutation in ("jobPause", "jobResume", "jobCancel"):
        await brought(api, mutation, one, operator)

    query = "query($id: ID!) { auditEntries(targetId: $id) { edges { node { actor action changes { before after } } } } }"
    told = [edge["node"] for edge in (await api.data(query, id=one))["auditEntries"]["edges"]]
    assert {each["actor"] for each in told} == {"OPERATOR of default"}
    assert [(each["action"], each["changes"]) for each in told if each["action"].startswith("job")] == [
        ("jobCancel", [{"before": "RUNNING", "after": "CANCELED"}]),
        ("jobResume", [{"before": "PAUSED", "after": "RUNNING"}]),
        ("jobPause", [{"before": "RUNNING", "after": "PAUSED"}]),
    ]
