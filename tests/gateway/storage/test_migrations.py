"""The tables as the migrations leave them, on both engines."""

import asyncio
import json
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, text

from destinations.kit import InboundSourceEvent
from gateway.deliveries import DeliveryStatus
from gateway.errors import StartupError
from gateway.storage import (
    attempts,
    days,
    deliveries,
    events,
    migrate,
    partitions,
    sources,
    webhook_deliveries,
)
from gateway.storage.engine import Store, open_store
from gateway.storage.tables import metadata
from gateway.storage.tables.by_day import by_day
from gateway.storage.types import to_number
from gateway.storage.webhook_deliveries import Owner
from gateway.workspace import Source
from tests import databases
from tests.factories import NOW, new_delivery, source


def declared_on(connection: Connection) -> MetaData:
    """The tables of the code as that database has them."""
    if connection.dialect.name == "sqlite":
        return metadata
    declared = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        by_day.get(table.name, table).to_metadata(declared)
    return declared


def partition_names(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        return set()
    return set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))


async def test_the_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    def compare(connection: Connection) -> list[object]:
        partitions = partition_names(connection)
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": lambda _table, name, *_others: name not in partitions,
            },
        )
        return list(compare_metadata(context, declared_on(connection)))

    assert await store.write(compare) == []


async def test_every_table_has_the_primary_key_of_the_code(store: Store) -> None:
    """Which is not compared with the rest."""

    def keys(connection: Connection) -> dict[str, tuple[list[str], list[str]]]:
        inspector = inspect(connection)
        return {
            table.name: (
                [column.name for column in table.primary_key],
                inspector.get_pk_constraint(table.name)["constrained_columns"],
            )
            for table in declared_on(connection).sorted_tables
        }

    assert {name: one for name, one in (await store.read(keys)).items() if one[0] != one[1]} == {}


async def test_every_index_of_the_code_is_in_the_database(store: Store) -> None:
    def names(connection: Connection) -> set[str | None]:
        inspector = inspect(connection)
        return {
            index["name"] for table in metadata.sorted_tables for index in inspector.get_indexes(table.name)
        }

    declared = {str(index.name) for table in metadata.sorted_tables for index in table.indexes}

    assert declared <= await store.read(names)


async def test_a_fresh_store_is_current_and_migrating_it_again_changes_nothing(store: Store) -> None:
    await store.write(migrate.upgrade)

    assert await store.read(migrate.is_current)


def at_revision(connection: Connection, revision: str) -> None:
    """Leave the tables of that revision, and nothing in them."""
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_a_store_of_the_first_release_keeps_its_sources_and_their_keys(store: Store) -> None:
    def upgraded(connection: Connection) -> list[Source]:
        at_revision(connection, "0001")
        one = source()
        connection.execute(
            text(
                "INSERT INTO sources VALUES (:id, :space, :name, 'SERVER', :enabled, 1, :hash, :four, :at, "
                "'sms_opt_in', 'whatsapp_opt_in', :at)"
            ),
            {
                "id": one.id,
                "space": one.space,
                "name": one.name,
                "enabled": True,
                "hash": one.write_key_hash,
                "four": one.write_key_last_four,
                "at": to_number(NOW),
            },
        )
        migrate.upgrade(connection)
        return sources.everything(connection)

    assert await store.write(upgraded) == [source()]
    assert await store.read(sources.retired) == []
    assert await store.read(migrate.is_current)


async def test_sources_that_had_one_name_are_told_apart_from_now_on(store: Store) -> None:
    def upgraded(connection: Connection) -> dict[str, tuple[str, int]]:
        at_revision(connection, "0003")
        for number, deleted_at in ((1, None), (2, None), (3, 5)):
            connection.execute(
                text(
                    "INSERT INTO sources VALUES (:id, 'default', 'shop', 'SERVER', :enabled, 1, :id, 'four', 0, "
                    "'sms_opt_in', 'whatsapp_opt_in', :number, :deleted_at)"
                ),
                {"id": f"src_{number:08}", "enabled": True, "number": number, "deleted_at": deleted_at},
            )
        migrate.upgrade(connection)
        return {one.id: (one.name, one.revision) for one in sources.everything(connection)}

    assert await store.write(upgraded) == {
        "src_00000001": ("shop", 1),
        "src_00000002": ("shop (00000002)", 2),
        "src_00000003": ("shop", 1),
    }
    assert await store.read(migrate.is_current)


async def test_a_delivery_keeps_its_channel_where_from_now_on_it_need_not_have_one(store: Store) -> None:
    def upgraded(connection: Connection) -> dict[str, str | None]:
        at_revision(connection, "0028")
        add = text(
            "INSERT INTO deliveries (id, space, event_id, source_id, destination_id, mapping_id, status, channel, attempt_count, "
            "created_at, updated_at) VALUES (:id, 'default', 'e', 's', 'd', 'm', 'ACCEPTED', :channel, 1, 0, 0)"
        )
        connection.execute(add, {"id": "dlv_1", "channel": "SMS"})
        connection.execute(add, {"id": "dlv_2", "channel": "WHATSAPP"})
        migrate.upgrade(connection)
        connection.execute(add, {"id": "dlv_3", "channel": None})
        return {row.id: row.channel for row in connection.execute(text("SELECT id, channel FROM deliveries"))}

    assert await store.write(upgraded) == {"dlv_1": "SMS", "dlv_2": "WHATSAPP", "dlv_3": None}
    assert await store.read(migrate.is_current)


async def test_only_a_source_that_sent_before_may_have_deliveries_under_ids_of_old(store: Store) -> None:
    def upgraded(connection: Connection) -> dict[str, bool]:
        at_revision(connection, "0025")
        for name in ("sent", "sent long ago", "new"):
            connection.execute(
                text(
                    "INSERT INTO sources VALUES (:id, 'default', :name, 'SERVER', :enabled, 1, :hash, 'four', 0, "
                    "'sms_opt_in', 'whatsapp_opt_in', 0, NULL)"
                ),
                {"id": name, "name": name, "hash": name, "enabled": True},
            )
        connection.execute(
            text(
                "INSERT INTO deliveries (id, space, event_id, source_id, destination_id, mapping_id, status, channel, attempt_count, "
                "created_at, updated_at) VALUES ('dlv_1', 'default', 'evt_1', 'sent', 'dst_1', 'map_1', 'ACCEPTED', 'SMS', 1, 0, 0)"
            )
        )
        connection.execute(
            text("INSERT INTO delivery_tombstones VALUES ('dlv_0', 'evt_0', 'sent long ago', 'ACCEPTED', 0)")
        )
        migrate.upgrade(connection)
        return {one.id: one.former_keys for one in sources.everything(connection)}

    assert await store.write(upgraded) == {"sent": True, "sent long ago": True, "new": False}


async def test_what_is_there_when_days_begin_is_found_as_before(postgresql_store: Store) -> None:
    at = to_number(NOW)

    def upgraded(connection: Connection) -> None:
        at_revision(connection, "0038")
        for statement in (
            (
                "INSERT INTO events (id, space, source_id, message_id, type, timestamp, received_at, imported, payload, outcome) "
                f"VALUES ('evt_1', 'default', 's', 'm-1', 'track', 0, {at}, FALSE, '{{}}', 'MATCHED')"
            ),
            (
                "INSERT INTO deliveries (id, space, event_id, source_id, destination_id, mapping_id, status, attempt_count, created_at, "
                f"updated_at) VALUES ('dlv_1', 'default', 'evt_1', 's', 'd', 'm', 'UNCERTAIN', 1, {at}, {at})"
            ),
            (
                "INSERT INTO attempts (id, delivery_id, number, started_at, outcome) "
                f"VALUES ('att_1', 'dlv_1', 1, {at}, 'UNCERTAIN')"
            ),
            (
                "INSERT INTO status_callbacks (id, delivery_id, received_at, status) "
                f"VALUES ('cbk_1', 'dlv_1', {at}, 'QUEUED')"
            ),
            f"INSERT INTO delivery_tombstones VALUES ('dlv_0', 'evt_0', 's', 'SUPPRESSED', {at - 1})",
        ):
            connection.exec_driver_sql(statement)
        migrate.upgrade(connection)

    await postgresql_store.write(upgraded)

    def look(connection: Connection) -> tuple[object, ...]:
        tried = attempts.of_many(connection, ["dlv_1"])["dlv_1"]
        called = attempts.callbacks_of_many(connection, ["dlv_1"])["dlv_1"]
        made = deliveries.made(connection, ["dlv_0", "dlv_1"])
        return (
            [one.id for one in events.by_ids(connection, ["evt_1"]).values()],
            [one.id for one in deliveries.by_ids(connection, ["dlv_1"]).values()],
            [one.id for one in tried],
            [one.id for one in called],
            {one.id: one.status for one in made.values()},
        )

    statuses = {"dlv_0": DeliveryStatus.SUPPRESSED, "dlv_1": DeliveryStatus.UNCERTAIN}
    assert await postgresql_store.read(look) == (["evt_1"], ["dlv_1"], ["att_1"], ["cbk_1"], statuses)
    again = [new_delivery(id="dlv_1"), new_delivery(id="dlv_0"), new_delivery(id="dlv_2")]
    assert await postgresql_store.write(lambda c: deliveries.add(c, again, NOW)) == {"dlv_2"}
    there = await postgresql_store.read(lambda c: partitions.of(c, "deliveries"))
    assert [(one.name, one.since) for one in there[:1]] == [("deliveries_before", None)]
    assert len(there) == 1 + days.AHEAD + 1


async def test_words_are_kept_under_one_form_of_the_number_from_now_on(store: Store) -> None:
    def upgraded(connection: Connection) -> list[tuple[str, str]]:
        at_revision(connection, "0002")
        for channel in ("WHATSAPP", "SMS"):
            connection.execute(
                text(
                    "INSERT INTO consent_history (space, phone, channel, status, own_word, source, occurred_at, received_at) "
                    "VALUES ('default', '+5215512345678', :channel, 'UNSUBSCRIBED', :own, 'provider', 0, 0)"
                ),
                {"channel": channel, "own": True},
            )
        migrate.upgrade(connection)
        rows = connection.execute(text("SELECT channel, phone FROM consent_history ORDER BY channel"))
        return [(row.channel, row.phone) for row in rows]

    assert await store.write(upgraded) == [("SMS", "+525512345678"), ("WHATSAPP", "+525512345678")]
    assert await store.read(migrate.is_current)


async def test_every_row_of_a_person_is_brought_under_one_key_and_the_right_one_of_two_stays(
    store: Store,
) -> None:
    """Mexico's old form and the new one were two people; a Brazilian was known by the old form alone."""
    old, new, brazil = "+5215512345678", "+525512345678", "+551187654321"

    def upgraded(connection: Connection) -> list[list[tuple[object, ...]]]:
        at_revision(connection, "0007")
        for statement, rows in (
            ("INSERT INTO people (id, space, traits, updated_at) VALUES (:1, 's', '{}', 0)", [["p"], ["q"]]),
            (
                "INSERT INTO contacts (id, space, phone, created_at) VALUES (:1, :2, :3, :4)",
                [
                    ["c1", "s", old, 1],
                    ["c2", "s", new, 2],
                    ["c3", "t", new, 1],
                    ["c4", "t", old, 2],
                    ["c5", "s", brazil, 3],
                ],
            ),
            (
                "INSERT INTO person_phones (person_id, phone, space, by_server, seen_at) VALUES (:1, :2, 's', :3, :4)",
                [
                    ["p", old, True, 1],
                    ["p", new, False, 2],
                    ["q", old, True, 1],
                    ["q", new, True, 2],
                    ["q", brazil, True, 1],
                ],
            ),
            (
                (
                    "INSERT INTO consent_history (space, phone, channel, status, own_word, source, occurred_at, received_at) "
                    "VALUES ('s', :1, 'SMS', :2, :3, 'provider', 0, 0)"
                ),
                [[old, "UNSUBSCRIBED", True], [new, "SUBSCRIBED", False], [brazil, "SUBSCRIBED", False]],
            ),
            (
                (
                    "INSERT INTO conversations (space, phone, channel, sender, destination_id, last_inbound_at) "
                    "VALUES ('s', :1, :2, 'us', 'd', :3)"
                ),
                [
                    [old, "SMS", 2],
                    [new, "SMS", 1],
                    [old, "WHATSAPP", 1],
                    [new, "WHATSAPP", 2],
                    [brazil, "SMS", 1],
                ],
            ),
        ):
            for row in rows:
                connection.execute(text(statement), {str(place): value for place, value in enumerate(row, 1)})
        migrate.upgrade(connection)
        return [
            [tuple(row) for row in connection.execute(text(query))]
            for query in (
                "SELECT id, phone FROM contacts ORDER BY id",
                "SELECT person_id, phone, dialled, seen_at FROM person_phones ORDER BY person_id, phone",
                "SELECT phone, status FROM consent_history ORDER BY id",
                "SELECT phone, channel, last_inbound_at FROM conversations ORDER BY phone, channel",
            )
        ]

    one = "+5511987654321"
    assert await store.write(upgraded) == [
        [("c1", new), ("c3", new), ("c5", one)],
        [("p", new, old, 1), ("q", new, None, 2), ("q", one, brazil, 1)],
        [(new, "UNSUBSCRIBED"), (new, "SUBSCRIBED"), (one, "SUBSCRIBED")],
        [(new, "SMS", 2), (new, "WHATSAPP", 2), (one, "SMS", 1)],
    ]
    assert await store.read(migrate.is_current)


async def test_a_store_of_a_newer_program_is_refused_in_one_line_and_left_alone(store: Store) -> None:
    before = await store.read(lambda c: c.scalar(text("SELECT version_num FROM alembic_version")))
    await store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))

    with pytest.raises(StartupError) as caught:
        await store.write(migrate.upgrade)

    assert str(caught.value) == (
        "The database is at revision 9999, which is newer than this heliograph. Nothing was changed. "
        "Install the version that wrote it, or a later one."
    )
    assert not await store.read(migrate.is_current)
    await store.write(
        lambda c: c.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
    )


@pytest.mark.parametrize(
    ("mine", "newer", "works"),
    [
        ("1.9040", "1.9041", True),
        ("1.9040", "1.9999", True),
        ("1.9040", "2.9041", False),
        ("2.9041", "1.9042", False),
        ("11.9040", "1.9041", False),
        ("1.9040", "9041", False),
        ("1.9040", "1.", False),
        ("1.9040", ".9041", False),
        ("9040", "9041", False),
        ("9040", "1.9041", False),
    ],
)
async def test_a_program_works_on_a_newer_store_of_its_own_generation(
    store: Store, monkeypatch: pytest.MonkeyPatch, mine: str, newer: str, works: bool
) -> None:
    before = await store.read(lambda c: c.scalar(text("SELECT version_num FROM alembic_version")))
    monkeypatch.setattr(migrate, "_head", lambda: mine)
    await store.write(
        lambda c: c.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": newer})
    )

    try:
        if works:
            await store.write(migrate.upgrade)
        else:
            with pytest.raises(StartupError, match=f"at revision {newer}, which is newer"):
                await store.write(migrate.upgrade)
        assert await store.read(migrate.is_current) is works
        assert await store.read(lambda c: c.scalar(text("SELECT version_num FROM alembic_version"))) == newer
    finally:
        await store.write(
            lambda c: c.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
        )


def test_several_that_come_first_to_an_empty_database_migrate_it_once(postgresql_server: str) -> None:
    async def open_and_close(address: str) -> bool:
        store = await open_store(address)
        try:
            return await store.read(migrate.is_current)
        finally:
            await store.close()

    async def together(address: str) -> list[bool]:
        return await asyncio.gather(*(open_and_close(address) for _ in range(4)))

    with databases.database("empty", postgresql_server) as address:
        assert address is not None
        assert asyncio.run(together(address)) == [True] * 4


def test_no_generation_is_left_again() -> None:
    known = sorted(migrate._known(), key=lambda one: one.rpartition(".")[2])
    begun = [int(one.partition(".")[0]) if "." in one else 0 for one in known]

    assert begun == sorted(begun)
    assert set(begun) == set(range(max(begun) + 1))


async def test_a_destination_keeps_the_policy_it_had_before_policies_were_whole(store: Store) -> None:
    def upgraded(connection: Connection) -> dict[str, object]:
        at_revision(connection, "0016")
        for name, policy in (("none", None), ("some", '{"mms_fallback": "SUPPRESS"}')):
            connection.execute(
                text(
                    "INSERT INTO destinations (id, space, definition, name, enabled, status, revision, settings, secrets_set_at, "
                    "policy, created_at, updated_at) VALUES (:name, 'default', 'paper', '', :on, 'DRAFT', 1, '', 0, :policy, 0, 0)"
                ),
                {"name": name, "on": True, "policy": policy},
            )
        migrate.upgrade(connection)
        rows = connection.execute(text("SELECT id, policy FROM destinations"))
        return {row.id: json.loads(row.policy) for row in rows}

    before = {
        "mms_fallback": "LINK",
        "require_dlt_for_india": False,
        "messages_per_second": {},
        "uncertain": "RESEND_WHEN_ABSENT",
        "test_numbers": [],
        "allowed_countries": [],
        "retry_undelivered": False,
        "quiet_hours_start": "00:00",
        "quiet_hours_end": "00:00",
        "opt_out_words": False,
        "daily_message_limit": 0,
        "per_recipient_daily_limit": 0,
        "per_recipient_weekly_limit": None,
        "time_zone": "UTC",
        "double_opt_in": False,
        "confirmation_mapping_id": None,
    }
    assert await store.write(upgraded) == {"none": before, "some": {**before, "mms_fallback": "SUPPRESS"}}


async def test_a_destination_whose_texts_became_events_of_a_source_goes_on_so(store: Store) -> None:
    def upgraded(connection: Connection) -> dict[str, Owner]:
        at_revision(connection, "1.0046")
        connection.execute(
            text(
                "INSERT INTO destinations (id, space, definition, name, enabled, status, revision, settings, secrets_set_at, policy, "
                "created_at, updated_at) VALUES ('dst_1', 'default', 'paper', '', :on, 'DRAFT', 1, '', 0, :policy, 0, 0)"
            ),
            {
                "on": True,
                "policy": '{"inbound_source_id":"src_1","inbound_source_events":["MESSAGE_FAILED"]}',
            },
        )
        migrate.upgrade(connection)
        return webhook_deliveries.listening(connection, ["dst_1"])

    failed = frozenset({InboundSourceEvent.MESSAGE_FAILED})
    assert await store.write(upgraded) == {"dst_1": Owner("default", frozenset(), "src_1", failed)}
