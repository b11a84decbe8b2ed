"""Imports of consent, on both engines: what is added, what is counted, and what a death in between leaves."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from destinations.kit import Channel, ConsentStatus
from gateway import consent
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.clock import ManualClock
from gateway.consent_files import reading
from gateway.pipeline import consent_imports
from gateway.settings import Settings
from gateway.storage import (
    audit,
    background_jobs,
    consent as history,
    consent_imports as stored,
    retention,
    tables,
    uploads,
)
from gateway.storage.consent_imports import ConsentImport
from gateway.storage.engine import Store, open_store
from tests.factories import ANN, BOB, NOW, word
from tests.gateway.erasing import erase, exported
from tests.gateway.people_planted import EVE
from tests.gateway.world import World

S = BackgroundStatus
YES, NO = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED
HEADER = "phone,channel,status,at\n"
EARLIER, LATER = "2026-01-02T12:00:00Z", "2026-03-04T12:00:00Z"
FILE = (
    f"{ANN},SMS,yes,{EARLIER}",
    f"{BOB},SMS,no,",
    "nobody,SMS,yes,",
    f"{ANN},SMS,no,{LATER}",
    f"{BOB},WHATSAPP,yes,",
    f"{ANN},SMS,yes,{EARLIER}",
)
COUNTED = {
    "rows": 6,
    "subscribed": 2,
    "unsubscribed": 2,
    "unchanged": 1,
    "older": 0,
    "stopped": 0,
    "silent": 0,
    "bad": 1,
}
NOTHING = dict.fromkeys(COUNTED, 0)


@pytest.fixture
async def ledger(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    world = World(store, database, clock, Settings(public_url="https://texts.example.com"))
    yield world
    await world.services.reader.close()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent_imports, "PAGE", 1)


async def asked(world: World, rows: Sequence[str], name: str = "job_import", *, applies: bool = True) -> None:
    """Have these rows imported, from now on."""
    now, text = world.clock.now(), HEADER + "".join(f"{row}\n" for row in rows)

    def ask(connection: Connection) -> None:
        how = reading([HEADER])
        upload = uploads.keep(connection, "default", text, now)
        result = consent_imports.beginning(how, applies=applies)
        job = BackgroundJob.begun(name, "default", BackgroundKind.CONSENT_IMPORT, now, result=result)
        background_jobs.add(connection, job)
        stored.begin(
            connection, ConsentImport(name, upload, "ops", None, how.kept(), applies, how.begins, rows=0)
        )

    await world.store.write(ask)


async def job(world: World, name: str = "job_import") -> BackgroundJob:
    found = await world.store.read(lambda c: background_jobs.get(c, name))
    assert found is not None
    return found


async def imported(
    world: World, rows: Sequence[str], name: str = "job_import", *, applies: bool = True
) -> Mapping[str, int]:
    """What an import of these rows came to."""
    await asked(world, rows, name, applies=applies)
    assert await consent_imports.step(world.services)
    done = await job(world, name)
    assert done.status is S.DONE, done.message
    assert done.result is not None
    assert (done.total, done.done, done.failed) == (
        done.result["rows"],
        done.result["rows"] - done.result["bad"],
        done.result["bad"],
    )
    return {one: done.result[one] for one in COUNTED}


async def words(world: World, *tables_too: Any) -> list[Any]:
    def read(connection: Connection) -> list[Any]:
        held = tables.consent_history.c
        query = select(held.phone, held.channel, held.status, held.occurred_at).order_by(held.id)
        found = [tuple(row) for row in connection.execute(query)]
        return [*found, *(tuple(row) for table in tables_too for row in connection.execute(select(table)))]

    return await world.store.read(read)


async def stands(world: World, phone: str, channel: Channel = Channel.SMS) -> Any:
    said = await world.store.read(lambda c: history.of_number(c, "default", phone, channel))
    return consent.state(said)


async def test_each_row_is_a_word_and_the_ledger_decides(ledger: World) -> None:
    assert await imported(ledger, FILE) == COUNTED

    assert [(phone, channel, status) for phone, channel, status, _ in await words(ledger)] == [
        (ANN, "SMS", "SUBSCRIBED"),
        (BOB, "SMS", "UNSUBSCRIBED"),
        (ANN, "SMS", "UNSUBSCRIBED"),
        (BOB, "WHATSAPP", "SUBSCRIBED"),
    ]
    assert (await stands(ledger, ANN)).status is NO
    assert (await stands(ledger, BOB)).changed_at == NOW
    assert (await stands(ledger, BOB, Channel.WHATSAPP)).status is YES
    done = await job(ledger)
    assert done.result is not None
    assert done.result["problems"] == [
        {
            "line": 4,
            "column": "phone",
            "message": "'nobody' is no phone number: write it with a + and its country's code.",
        }
    ]
    contacts = await ledger.store.read(lambda c: c.scalars(select(tables.contacts.c.phone)).all())
    assert sorted(contacts) == sorted([ANN, BOB])
    [entry] = (await ledger.store.read(lambda c: audit.page(c, "default", "job_import", 10, None))).items
    assert (entry.actor, entry.action) == ("ops", "consentImport.done")
    assert {one.field: one.after for one in entry.changes} == {
        name: str(count) for name, count in COUNTED.items()
    }
    assert not await consent_imports.step(ledger.services)


@pytest.mark.usefixtures("small_pages")
async def test_a_dry_run_counts_the_same_and_changes_nothing(ledger: World) -> None:
    rows = [*FILE, *([""] * 60), *FILE]
    counted = await imported(ledger, rows, "job_dry", applies=False)

    assert await words(ledger, tables.contacts, tables.audit_entries) == []
    assert (await job(ledger, "job_dry")).message == "Nothing was changed: it was a dry run."
    assert counted == await imported(ledger, rows)
    assert counted == {**COUNTED, "rows": 12, "unchanged": 6, "bad": 2}


@pytest.mark.parametrize("applies", [True, False])
async def test_the_same_file_again_changes_nothing(ledger: World, applies: bool) -> None:
    await imported(ledger, FILE)
    before = await words(ledger)
    ledger.clock.advance(3_600)

    again = await imported(ledger, FILE, "job_again", applies=applies)

    assert again == {**NOTHING, "rows": 6, "unchanged": 5, "bad": 1}
    assert await words(ledger) == before


async def test_a_no_without_a_time_is_said_again_where_a_yes_came_behind_it(ledger: World) -> None:
    await imported(ledger, [f"{ANN},SMS,no,"])
    await ledger.store.write(lambda c: history.add(c, word(YES, 10)))
    ledger.clock.advance(3_600)

    assert await imported(ledger, [f"{ANN},SMS,no,"], "job_again") == {
        **NOTHING,
        "rows": 1,
        "unsubscribed": 1,
    }
    assert (await stands(ledger, ANN)).status is NO


async def test_a_stop_of_the_persons_own_stands_whatever_a_file_says(ledger: World) -> None:
    await ledger.store.write(lambda c: history.add(c, word(NO, -100 * 86_400, own_word=True)))

    counted = await imported(ledger, [f"{ANN},SMS,yes,", f"{ANN},SMS,yes,2026-11-20"])

    assert counted == {**NOTHING, "rows": 2, "stopped": 2}
    state = await stands(ledger, ANN)
    assert (state.status, state.stopped) == (NO, True)


async def test_a_yes_without_a_time_wins_over_no_word_and_is_counted_as_older(ledger: World) -> None:
    await ledger.store.write(lambda c: history.add(c, word(NO, -2_000 * 86_400)))

    assert await imported(ledger, [f"{ANN},SMS,yes,"]) == {**NOTHING, "rows": 1, "older": 1}
    assert (await stands(ledger, ANN)).status is NO


async def test_of_one_moment_the_no_counts(ledger: World) -> None:
    rows = [f"{ANN},SMS,no,{EARLIER}", f"{ANN},SMS,yes,{EARLIER}"]

    assert await imported(ledger, rows) == {**NOTHING, "rows": 2, "unsubscribed": 1, "older": 1}
    assert (await stands(ledger, ANN)).status is NO


@pytest.mark.parametrize("applies", [True, False])
async def test_a_file_that_is_gone_ends_the_job_with_words(ledger: World, applies: bool) -> None:
    await asked(ledger, FILE, applies=applies)
    ledger.clock.advance(24 * 3_600)

    assert await consent_imports.step(ledger.services)

    failed = await job(ledger)
    assert (failed.status, failed.message) == (S.FAILED, consent_imports.GONE)
    assert await words(ledger) == []


async def test_a_file_is_forgotten_after_a_day_and_not_before(ledger: World) -> None:
    held = (tables.uploads, tables.upload_pieces)
    await imported(ledger, FILE)

    await retention.forget(ledger.store, ledger.services.settings, NOW + timedelta(hours=23, minutes=59))
    assert len(await words(ledger, *held)) == 4 + 2

    gone = await retention.forget(ledger.store, ledger.services.settings, NOW + timedelta(hours=24))
    assert gone.rows[retention.Kind.UPLOADS] == 1
    assert len(await words(ledger, *held)) == 4


async def test_a_paused_import_adds_nothing(ledger: World) -> None:
    await asked(ledger, FILE)
    await ledger.store.write(lambda c: background_jobs.bring(c, "job_import", S.PAUSED, [S.RUNNING]))

    assert not await consent_imports.step(ledger.services)
    assert await words(ledger) == []


@pytest.mark.parametrize("written", [EVE, "(202) 555-0177", "001-202-555-0177"])
async def test_an_erasure_takes_the_file_with_their_number_and_the_import_says_so(
    ledger: World, written: str
) -> None:
    await imported(ledger, [f"{EVE},SMS,yes,{EARLIER}"], "job_first")
    await asked(ledger, [f"{written},SMS,no,", f"{BOB},SMS,yes,"])
    shown = (await exported(ledger))["held"]["upload_pieces"]
    assert [line for one in shown for line in one["lines"]] == [
        f"{EVE},SMS,yes,{EARLIER}",
        f"{written},SMS,no,",
    ]

    await erase(ledger)

    assert await consent_imports.step(ledger.services)
    assert (await job(ledger)).message == consent_imports.GONE
    assert await words(ledger, tables.uploads, tables.upload_pieces, tables.contacts) == []


async def test_an_erasure_leaves_files_of_others(ledger: World) -> None:
    await imported(ledger, [f"{EVE},SMS,yes,"], "job_first")
    await asked(ledger, [f"{BOB},SMS,yes,", "+12025550178,SMS,yes,", "+1202555017712,SMS,yes,"])

    await erase(ledger)

    assert await consent_imports.step(ledger.services)
    assert (await job(ledger)).status is S.DONE


def _run_until_killed(address: str, path: str, writes: int) -> None:
    """In a process of its own: import, and be killed right after so many commits."""

    async def run() -> None:
        store = await open_store(address)
        world = World(store, Path(path), ManualClock(NOW), Settings(public_url="https://texts.example.com"))
        consent_imports.PAGE = 1  # in this process alone
        original, done = store.write, 0

        async def write(change: Callable[[Connection], Any], **how: Any) -> Any:
            nonlocal done
            result = await original(change, **how)
            done += 1
            if done == writes:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        store.write = write  # type: ignore[method-assign]  # the machine loses its power
        await consent_imports.step(world.services)

    asyncio.run(run())


MANY = [f"+1202555{number:04},SMS,yes,{EARLIER}" for number in range(100, 180)]


@pytest.mark.parametrize("applies", [True, False])
async def test_an_import_that_is_killed_in_the_middle_adds_every_row_once(
    ledger: World, address: str, applies: bool
) -> None:
    await asked(ledger, MANY, applies=applies)
    killed = multiprocessing.get_context("spawn").Process(
        target=_run_until_killed, args=(address, str(ledger.path), 4)
    )
    killed.start()
    await asyncio.to_thread(killed.join, 60)
    assert killed.exitcode == -signal.SIGKILL
    begun = await job(ledger)
    assert (begun.status, begun.done) == (S.RUNNING, 6)
    assert len(await words(ledger)) == 6 * applies
    ledger.clock.advance(consent_imports.TURN_KEPT.total_seconds())

    assert await consent_imports.step(ledger.services)

    done = await job(ledger)
    assert (done.status, done.total, done.done, done.failed) == (S.DONE, 80, 80, 0)
    assert done.result is not None
    assert {one: done.result[one] for one in COUNTED} == {**NOTHING, "rows": 80, "subscribed": 80}
    added = await words(ledger)
    assert len(added) == len(set(added)) == 80 * applies


@pytest.mark.usefixtures("small_pages")
async def test_postgresql_knows_how_large_the_history_became_while_an_import_goes_on(
    postgresql_store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    world = World(postgresql_store, tmp_path, clock, Settings(data_dir=tmp_path))
    known: list[float] = []

    def look(connection: Connection) -> None:
        history_of = "SELECT reltuples FROM pg_class WHERE oid = CAST('consent_history' AS regclass)"
        before(connection)
        known.append(connection.execute(text(history_of)).scalar_one())

    before = history.grew
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(history, "grew", look)
        await imported(world, MANY)

    assert known == [2, 4, 8, 16]
    await world.services.reader.close()
