"""Who was told how to opt out, when, and by which Delivery."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from destinations.kit import canonical
from gateway.storage.prepared import Ask, Rows, among
from gateway.storage.tables import opt_out_notices


class Notice(NamedTuple):
    """That a number was told, by a Delivery that was claimed then."""

    space: str
    phone: str
    delivery_id: str
    told_at: datetime


_held = opt_out_notices.c
_ADD = Rows(opt_out_notices, *Notice._fields, unless_there=True)
_OF_NUMBERS = Ask(
    select(_held.space, _held.phone, _held.delivery_id, _held.told_at).where(
        _held.space == bindparam("space"), among(_held.phone, "many")
    ),
    *("space", "many"),
)


def tell(connection: Connection, told: Sequence[Notice]) -> None:
    """These are told; of one Delivery the first claim counts."""
    _ADD.insert(connection, [one._replace(phone=canonical(one.phone)) for one in told])


def of_numbers(connection: Connection, space: str, phones: Sequence[str]) -> dict[str, list[Notice]]:
    """For each of these numbers, by key, what it was told."""
    found: dict[str, list[Notice]] = {phone: [] for phone in phones}
    for row in _OF_NUMBERS.rows(connection, space, phones) if phones else ():
        found[row[1]].append(Notice(*row))
    return found


def forget(connection: Connection, delivery_ids: Sequence[str]) -> None:
    """These Deliveries told nobody anything after all."""
    if delivery_ids:
        connection.execute(delete(opt_out_notices).where(_held.delivery_id.in_(delivery_ids)))
