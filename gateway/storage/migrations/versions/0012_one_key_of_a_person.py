"""One key for a person's number on every channel; the form in which it was given is kept beside it."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from destinations.kit import canonical

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CONTACTS = sa.table(
    "contacts", sa.column("id"), sa.column("space"), sa.column("phone"), sa.column("created_at")
)
_PHONES = sa.table(
    "person_phones",
    *(sa.column(name) for name in ("person_id", "phone", "dialled", "space", "by_server", "seen_at")),
)
_MANY = tuple(sa.table(name, sa.column("phone")) for name in ("consent_history", "inbound_messages"))
_CONVERSATIONS = sa.table(
    "conversations",
    *(
        sa.column(name)
        for name in ("space", "phone", "channel", "sender", "destination_id", "last_inbound_at")
    ),
)


def upgrade() -> None:
    op.add_column("person_phones", sa.Column("dialled", sa.String(length=32), nullable=True))
    connection = op.get_bind()
    for table in _MANY:
        for phone in _other_forms(connection.scalars(sa.select(table.c.phone).distinct()).all()):
            connection.execute(sa.update(table).where(table.c.phone == phone).values(phone=canonical(phone)))
    _merge(connection, _CONTACTS, ("space",), lambda row: (-row["created_at"],))
    _merge(connection, _PHONES, ("person_id",), lambda row: (bool(row["by_server"]), row["seen_at"]))
    _merge(connection, _CONVERSATIONS, ("space", "channel", "sender"), lambda row: (row["last_inbound_at"],))


def _other_forms(phones: Iterable[str | None]) -> list[str]:
    return [phone for phone in phones if phone is not None and canonical(phone) != phone]


def _merge(connection: sa.Connection, table: sa.TableClause, apart: tuple[str, ...], rank: Any) -> None:
    """Bring the rows under the keys; of several that then are one, the highest by `rank` stays."""
    phones = connection.scalars(sa.select(table.c.phone).distinct()).all()
    for phone in _other_forms(phones):
        for row in connection.execute(sa.select(table).where(table.c.phone == phone)).mappings().all():
            key = canonical(phone)
            place = sa.and_(*(table.c[name] == row[name] for name in apart))
            there = (
                connection.execute(sa.select(table).where(place, table.c.phone == key))
                .mappings()
                .one_or_none()
            )
            given = {"dialled": phone} if "dialled" in table.c else {}
            here = sa.and_(place, table.c.phone == phone)
            if there is not None and rank(there) >= rank(row):
                connection.execute(sa.delete(table).where(here))
                continue
            if there is not None:
                connection.execute(sa.delete(table).where(place, table.c.phone == key))
            connection.execute(sa.update(table).where(here).values(phone=key, **given))
