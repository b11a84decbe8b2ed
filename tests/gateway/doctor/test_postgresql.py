import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import make_url

from gateway.doctor import examine
from gateway.doctor.postgresql import Server, clock, findings, look
from gateway.settings import Settings
from gateway.storage import ownership
from gateway.storage.engine import PostgresStore, open_store
from tests.databases import database, execute
from tests.gateway.doctor.lines import Line, line, lines

KEY = "k" * 40

WELL = Server(
    version="15.4",
    major=15,
    synchronous_commit="on",
    fsync="on",
    full_page_writes="on",
    isolation="read committed",
    only_reads=False,
    time_zone="UTC",
    most=100,
    locks_each=256,
    reserved=3,
    of_role=-1,
    of_database=-1,
    database="texts",
    role="heliograph",
    processes=2,
)


def told(server: Server, *, several: bool = True) -> dict[str, Line]:
    return {one[0]: one for one in lines(findings(server, several=several))}


def test_a_server_as_it_should_be_is_well() -> None:
    assert lines(findings(WELL, several=True)) == [
        ("store", "ok", "PostgreSQL 15.4"),
        ("durability", "ok", "synchronous_commit=on: an answered event is on disk"),
        ("transactions", "ok", "read committed, as they are meant"),
        ("time zone", "ok", "UTC"),
        ("connections", "ok", "2 processes take 42 connections at most of 97"),
        ("locks", "ok", "25,600"),
    ]


@pytest.mark.parametrize(
    ("wrong", "name", "words"),
    [
        (
            {"version": "14.9", "major": 14},
            "store",
            "PostgreSQL 14.9 is older than 15, which is the oldest that this is tried with. Upgrade it with pg_upgrade.",
        ),
        (
            {"synchronous_commit": "off"},
            "durability",
            (
                "synchronous_commit is off: an event that was answered can be lost with the machine. ALTER DATABASE texts SET "
                "synchronous_commit = on; then restart heliograph's processes. A role's own setting goes before a database's."
            ),
        ),
        (
            {"fsync": "off"},
            "durability",
            (
                "fsync is off: an event that was answered can be lost with the machine, and the database with it. "
                "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();"
            ),
        ),
        (
            {"isolation": "serializable"},
            "transactions",
            (
                "default_transaction_isolation is 'serializable': work that meets other work fails, and is done again and again. "
                "ALTER DATABASE texts SET default_transaction_isolation = 'read committed'; then restart heliograph's processes."
            ),
        ),
        (
            {"processes": 5},
            "connections",
            (
                "5 processes take 105 connections at most, and there are 97. Run fewer processes, or: ALTER SYSTEM SET "
                "max_connections = 129; then restart PostgreSQL."
            ),
        ),
        (
            {"of_role": 30},
            "connections",
            (
                "2 processes take 42 connections at most, and there are 30. Run fewer processes, or: "
                "ALTER ROLE heliograph CONNECTION LIMIT 63;"
            ),
        ),
        (
            {"of_database": 30},
            "connections",
            (
                "2 processes take 42 connections at most, and there are 30. Run fewer processes, or: "
                "ALTER DATABASE texts CONNECTION LIMIT 63;"
            ),
        ),
    ],
)
def test_what_breaks_a_promise_is_to_be_mended_with_what_can_be_pasted(
    wrong: dict[str, object], name: str, words: str
) -> None:
    assert told(replace(WELL, **wrong))[name] == (name, "mend", words)  # type: ignore[arg-type]  # one of its fields


def test_a_time_zone_of_its_own_is_a_note() -> None:
    assert told(replace(WELL, time_zone="Europe/Vienna"))["time zone"] == (
        "time zone",
        "note",
        (
            "Europe/Vienna: what is kept is the same, but who asks by hand sees other days than GraphQL, which has UTC. "
            "ALTER DATABASE texts SET timezone = 'UTC';"
        ),
    )


def test_too_few_locks_for_all_days_are_told_with_what_gives_enough() -> None:
    assert told(replace(WELL, locks_each=64))["locks"] == (
        "locks",
        "note",
        (
            "6,400, and with 90 days of partitions a statement over all of them takes up to 2,000. "
            "ALTER SYSTEM SET max_locks_per_transaction = 200; then restart PostgreSQL."
        ),
    )


def test_no_room_for_one_more_is_a_note_where_there_may_be_one_more() -> None:
    full = replace(WELL, processes=4)

    assert told(full)["connections"] == (
        "connections",
        "note",
        (
            "4 processes take 84 connections at most of 97: there is no room for another process, and a rolling restart needs it. "
            "ALTER SYSTEM SET max_connections = 108; then restart PostgreSQL."
        ),
    )
    assert told(full, several=False)["connections"][1] == "ok"


@pytest.mark.parametrize(
    ("ahead", "well", "begins"),
    [
        (timedelta(milliseconds=3), "ok", "0.003 s behind PostgreSQL's"),
        (timedelta(seconds=-1), "ok", "1.000 s ahead of PostgreSQL's"),
        (timedelta(seconds=-2), "note", "2.000 s ahead of PostgreSQL's, which is allowed for"),
        (
            timedelta(seconds=120),
            "mend",
            "120.000 s behind PostgreSQL's; with more than 30 s no process starts",
        ),
    ],
)
def test_a_clock_is_compared_with_the_servers(ahead: timedelta, well: str, begins: str) -> None:
    name, said, words = line(clock(ahead))

    assert (name, said) == ("clock", well)
    assert words.startswith(begins)
    assert ("timedatectl set-ntp true" in words) is (well != "ok")


@pytest.fixture
def own(postgresql_server: str) -> Iterator[str]:
    """A database that may be set up badly."""
    with database("doctor", postgresql_server) as address:
        assert address is not None
        yield address


def set_up(address: str, setting: str) -> None:
    asyncio.run(execute(address, f"ALTER DATABASE {make_url(address).database} SET {setting}"))


async def seen(address: str) -> Server:
    store = PostgresStore(address)
    try:
        return await store.read(look)
    finally:
        await store.close()


def test_a_real_server_is_read_as_a_connection_of_ours_finds_it(own: str) -> None:
    set_up(own, "synchronous_commit = off")
    set_up(own, "default_transaction_isolation = 'repeatable read'")
    set_up(own, "timezone = 'Asia/Kathmandu'")

    server = asyncio.run(seen(own))

    assert (server.synchronous_commit, server.isolation, server.time_zone) == (
        "off",
        "repeatable read",
        "Asia/Kathmandu",
    )
    assert server.major >= 15
    assert server.database == make_url(own).database
    assert server.processes == 0


async def test_who_works_on_the_ledger_is_counted(postgresql: str) -> None:
    async with ownership.held(postgresql, alone=False), ownership.held(postgresql, alone=False):
        server = await seen(postgresql)

    assert server.processes == 2
    assert (await seen(postgresql)).processes == 0


def examined(address: str) -> tuple[bool, str]:
    console = Console(width=400)
    given = Settings(database_url=address, secret_keys=(SecretStr(KEY),))
    with console.capture() as captured:
        well = asyncio.run(examine(given, console))
    return well, captured.get()


def test_the_doctor_shows_an_empty_database_and_migrates_nothing(own: str) -> None:
    well, said = examined(own)
    again, said_again = examined(own)

    assert well
    assert again
    assert "note migrations: are missing. `heliograph migrate` applies them" in said_again
    assert "ok   durability: synchronous_commit=on: an answered event is on disk" in said
    assert "ok   connections: 1 process takes 21 connections at most of" in said
    assert "note redis: HELIOGRAPH_REDIS_URL is not set: one process works alone on this database" in said
    assert "ok   clock: 0.0" in said


def test_the_doctor_fails_where_an_answered_event_could_be_lost(own: str) -> None:
    asyncio.run(migrated(own))
    set_up(own, "synchronous_commit = off")

    well, said = examined(own)

    assert not well
    assert (
        f"mend durability: synchronous_commit is off: an event that was answered can be lost with the machine. "
        f"ALTER DATABASE {make_url(own).database} SET synchronous_commit = on;"
    ) in said
    assert "ok   secrets: the settings of 0 destinations can be read" in said


async def migrated(address: str) -> None:
    await (await open_store(address)).close()


def test_a_database_that_is_not_there_is_one_line() -> None:
    well, said = examined("postgresql+asyncpg://nobody@127.0.0.1:1/none")

    assert not well
    assert "mend store: The database can't be read" in said
    assert "Start it, or mend HELIOGRAPH_DATABASE_URL" in said
