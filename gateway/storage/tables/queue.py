"""The queue."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    TextClause,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.storage.tables.base import BIG_SERIAL, metadata
from gateway.storage.types import FreeText, Timestamp

IS_OF_DELIVERY = text("kind IN ('deliver', 'paced')")
"""The jobs that bring a Delivery on, as the index by subject has them: SQLite uses it where the words are the same."""

IS_PACED = text("kind = 'paced'")
"""Those of them that wait in a lane, as the index of the lanes has them."""

IS_WEBHOOK = text("kind = 'webhook'")
"""The jobs that tell owners, as the index of their receivers has them."""


class _Likely(ColumnElement[bool]):
    """A condition of an index, where jobs are looked for by what that index has. SQLite keeps no count of the kinds, and would rather read
    all jobs of one: it is told that most are of it.
    """

    inherit_cache = True
    condition: TextClause


class _OfADelivery(_Likely):
    inherit_cache = True
    condition = IS_OF_DELIVERY


class _OfAReceiver(_Likely):
    inherit_cache = True
    condition = IS_WEBHOOK


@compiles(_Likely)
def _is(element: _Likely, _compiler: SQLCompiler, **_how: Any) -> str:
    return str(element.condition)


@compiles(_Likely, "sqlite")
def _is_likely(element: _Likely, _compiler: SQLCompiler, **_how: Any) -> str:
    return f"likelihood({element.condition}, 0.9)"


OF_A_DELIVERY = _OfADelivery()
OF_A_RECEIVER = _OfAReceiver()

jobs = Table(
    "jobs",
    metadata,
    Column("id", BIG_SERIAL, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64)),
    Column("payload", LargeBinary, nullable=False),
    Column("available_at", Timestamp, nullable=False),
    Column("leased_until", Timestamp),
    Column("tries", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("lane", FreeText),  # see pipeline.pacer.Lane
    Column("lanes", BigInteger),  # of a request: see ingest.split; null: all of them
    Column("person", String(64)),  # whom a Delivery is for, where several workers keep a person's order
    Index("ix_jobs_turns", "kind", "available_at", "id", "subject", "lanes"),
    Index(
        "ix_jobs_person_id",
        "person",
        "id",
        sqlite_where=text("person IS NOT NULL"),
        postgresql_where=text("person IS NOT NULL"),
    ),
    # What is matched is added for every request, and never looked for by its source: it would touch a page for each source.
    Index("ix_jobs_subject", "subject", sqlite_where=IS_OF_DELIVERY, postgresql_where=IS_OF_DELIVERY),
    Index("ix_jobs_lane_id", "lane", "id", sqlite_where=IS_PACED, postgresql_where=IS_PACED),
    Index(
        "ix_jobs_receivers",
        *("subject", "available_at", "id"),
        sqlite_where=IS_WEBHOOK,
        postgresql_where=IS_WEBHOOK,
    ),
    Index(
        "ix_jobs_kind_leased_until",
        "kind",
        "leased_until",
        sqlite_where=text("leased_until IS NOT NULL"),
        postgresql_where=text("leased_until IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

buried_jobs = Table(
    "buried_jobs",
    metadata,
    Column("id", BIG_SERIAL, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64)),
    Column("payload", LargeBinary, nullable=False),
    Column("why", FreeText, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("buried_at", Timestamp, nullable=False),
)
