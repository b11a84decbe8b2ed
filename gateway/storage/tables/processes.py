"""What several processes over one database know of one another."""

from sqlalchemy import Column, Integer, String, Table

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Timestamp

# What one process at a time does for all of them, and who it is.
turns = Table(
    "turns",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("held_until", Timestamp, nullable=False),
)

# One row: what it is called, and something that only those with its keys can read.
ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
    Column("sealed", FreeText, nullable=False),
)
