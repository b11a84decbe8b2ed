"""On PostgreSQL the big tables are partitioned by the day. SQLite stays as it is.

Events and Deliveries stay where they are: what there is becomes the partition `<table>_before`, whose rows are looked through once and
get one new index. Attempts and callbacks are copied, since from now on they have the time at which their Delivery was made. A
million texts take a minute or two, in which nobody else reads or writes; it all happens, or nothing of it.

It breaks with what is older and begins the first generation: a program of before has no `made_at` for the tries that it begins, so that
they are refused before anything is sent, and does not start again. Stop those before this runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_DAY = 86_400_000_000
_AHEAD = 8

_NOW = "SELECT CAST(extract(epoch FROM now()) * 1000000 AS bigint)"
_NEWEST = (
    "SELECT greatest((SELECT max(received_at) FROM events), (SELECT max(created_at) FROM deliveries), "
    "(SELECT max(created_at) FROM delivery_tombstones))"
)
_COLUMNS = {
    "attempts": "id, delivery_id, number, started_at, duration_ms, outcome, http_status, provider_code, message, request_id",
    "status_callbacks": "id, delivery_id, received_at, status, provider_code",
}
_TOMBSTONES = """
INSERT INTO delivery_tombstones (id, event_id, source_id, status, created_at)
SELECT id, event_id, source_id, 'ACCEPTED', created_at FROM deliveries
ON CONFLICT (id) DO UPDATE SET event_id = excluded.event_id, source_id = excluded.source_id,
status = excluded.status, created_at = excluded.created_at
"""
# `heliograph.moves` is set by whoever moves a Delivery from one partition to another.
_REMEMBER = """
CREATE OR REPLACE FUNCTION heliograph_remember_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('heliograph.moves', true) = 'on' THEN
        RETURN NEW;
    END IF;
    INSERT INTO delivery_tombstones (id, event_id, source_id, status, created_at)
    VALUES (NEW.id, NEW.event_id, NEW.source_id, 'ACCEPTED', NEW.created_at)
    ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER remember BEFORE INSERT ON deliveries
FOR EACH ROW EXECUTE FUNCTION heliograph_remember_delivery()
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in ("events", "deliveries", "attempts", "status_callbacks"):
        connection.execute(sa.text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
    now = connection.scalar(sa.text(_NOW))
    newest = connection.scalar(sa.text(_NEWEST))
    # What there is lies before the first day: that is the one after all of it, and nobody's clock is a day off.
    first = now // _DAY - 1 if newest is None else max(now, newest) // _DAY + 1
    for table, constraint in (
        ("attempts", "fk_attempts_delivery_id"),
        ("status_callbacks", "fk_status_callbacks_delivery_id"),
    ):
        connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"))
    for table in ("attempts", "status_callbacks"):
        _copy(connection, table)
    connection.execute(sa.text(_TOMBSTONES))
    for table, at in (
        ("events", "received_at"),
        ("deliveries", "created_at"),
        ("attempts", "made_at"),
        ("status_callbacks", "made_at"),
    ):
        _partition(connection, table, at, first if newest is not None else None)
        _days(connection, table, first, now // _DAY + _AHEAD)
    connection.execute(sa.text(_REMEMBER))
    connection.execute(sa.text(_TRIGGER))


def _copy(connection: sa.Connection, table: str) -> None:
    """The same rows with the time of their Delivery, under the same name; what it had of indexes is made anew."""
    connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {table}_former"))
    indexes = _indexes(connection, f"{table}_former")
    connection.execute(sa.text(f"CREATE TABLE {table} (LIKE {table}_former, made_at bigint NOT NULL)"))
    columns = _COLUMNS[table]
    theirs = ", ".join(f"former.{one}" for one in columns.split(", "))
    copy = (
        f"INSERT INTO {table} ({columns}, made_at) SELECT {theirs}, deliveries.created_at "  # noqa: S608  names of this file
        f"FROM {table}_former AS former JOIN deliveries ON deliveries.id = former.delivery_id"
    )
    connection.execute(sa.text(copy))
    connection.execute(sa.text(f"DROP TABLE {table}_former"))
    connection.execute(sa.text(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id)"))
    for definition in indexes.values():
        connection.execute(sa.text(definition.replace(f"{table}_former", table)))
    if table == "attempts":
        connection.execute(
            sa.text(
                "ALTER TABLE attempts ADD CONSTRAINT uq_attempts_delivery_id_number_made_at "
                "UNIQUE (delivery_id, number, made_at)"
            )
        )


def _indexes(connection: sa.Connection, table: str) -> dict[str, str]:
    """How each index that no constraint has is made."""
    found = connection.execute(
        sa.text(
            "SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index JOIN pg_class i ON i.oid = indexrelid "
            "WHERE indrelid = CAST(:name AS regclass) "
            "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid)"
        ),
        {"name": table},
    )
    return {row[0]: row[1] for row in found}


def _partition(connection: sa.Connection, table: str, at: str, first: int | None) -> None:
    """The table becomes a partitioned one, whose rows of before the first day are a partition; with none, there are no rows."""
    before = f"{table}_before"
    run = [f"ALTER TABLE {table} RENAME TO {before}"]
    indexes = _indexes(connection, table)
    run += [f"ALTER INDEX {name} RENAME TO {name}_before" for name in indexes]
    run += [
        f"ALTER TABLE {before} DROP CONSTRAINT pk_{table}",
        f"ALTER TABLE {before} ADD CONSTRAINT pk_{before} PRIMARY KEY (id, {at})",
        f"CREATE TABLE {table} (LIKE {before}) PARTITION BY RANGE ({at})",
        f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id, {at})",
    ]
    if table == "attempts":
        unique = "uq_attempts_delivery_id_number_made_at"
        run += [
            f"ALTER TABLE {before} RENAME CONSTRAINT {unique} TO {unique}_before",
            f"ALTER TABLE {table} ADD CONSTRAINT {unique} UNIQUE (delivery_id, number, made_at)",
        ]
    run += indexes.values()
    if first is None:
        run += [f"DROP TABLE {before}"]
    else:
        run += [
            f"ALTER TABLE {table} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ({first * _DAY})"
        ]
    run += [f"CREATE TABLE {table}_other PARTITION OF {table} DEFAULT"]
    for statement in run:
        connection.execute(sa.text(statement))


def _days(connection: sa.Connection, table: str, first: int, last: int) -> None:
    for day in range(first, last + 1):
        name = connection.scalar(
            sa.text("SELECT to_char(to_timestamp(:day) AT TIME ZONE 'UTC', 'YYYYMMDD')"),
            {"day": day * 86_400},
        )
        connection.execute(
            sa.text(
                f"CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({day * _DAY}) TO ({(day + 1) * _DAY})"
            )
        )
