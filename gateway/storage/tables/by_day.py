"""The big tables as PostgreSQL has them: partitioned by the day, so that what is old enough goes with its day and not row by row.

| table | partitioned by | since a row is looked for by |
| --- | --- | --- |
| events | `received_at` | its id, which begins with that time |
| deliveries | `created_at` | its id, of which `delivery_tombstones` has the time; lists have it anyway |
| attempts, status_callbacks | `made_at`, when their Delivery was made | their Delivery |

A row of no other partition is in `<table>_other`; what was there before there were days, in `<table>_before`. A unique index of a
partitioned table must hold its key of partition, so that ids are unique by what is not partitioned: messageIds by `event_keys`, Deliveries
by `delivery_tombstones`, into which a trigger of `deliveries` writes each that is made, and which keeps it from being made again.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint

from gateway.storage.tables.base import metadata
from gateway.storage.tables.ledger import attempts, deliveries, status_callbacks
from gateway.storage.tables.received import events
from gateway.storage.types import Timestamp

MADE_AT = "made_at"
"""The column of what hangs on a Delivery that has the time at which that was made, on PostgreSQL."""

DAY_OF: Mapping[str, str] = MappingProxyType(
    {
        events.name: "received_at",
        deliveries.name: "created_at",
        attempts.name: MADE_AT,
        status_callbacks.name: MADE_AT,
    }
)
"""By which column each of them is partitioned."""

on_postgresql = MetaData(naming_convention=metadata.naming_convention)


def _by_day(table: Table) -> Table:
    """The same table partitioned: without what would have to look into all partitions."""
    at = DAY_OF[table.name]
    made = Table(table.name, on_postgresql, postgresql_partition_by=f"RANGE ({at})")
    for column in table.columns:
        made.append_column(
            Column(column.name, column.type, primary_key=column.name in ("id", at), nullable=column.nullable)
        )
    if at not in made.c:
        made.append_column(Column(at, Timestamp, primary_key=True, nullable=False))
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            made.append_constraint(UniqueConstraint(*(one.name for one in constraint.columns), at))
    for index in table.indexes:
        columns = [made.c[one.name] for one in index.columns]
        where = index.dialect_options["postgresql"]["where"]
        Index(index.name, *columns, postgresql_where=where)
    return made


by_day: Mapping[str, Table] = {
    table.name: _by_day(table) for table in (events, deliveries, attempts, status_callbacks)
}
