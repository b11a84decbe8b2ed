"""Who was asked last to confirm a yes that was said for them, by number and channel."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, select, tuple_

from destinations.kit import Channel
from gateway.storage.prepared import Ask, Rows, among
from gateway.storage.tables import confirmations


class Asked(NamedTuple):
    """That a number (its key) was asked on a channel of the ledger at that time, by a Delivery."""

    space: str
    phone: str
    channel: Channel
    delivery_id: str
    asked_at: datetime


_held = confirmations.c
_ADD = Rows(confirmations, *Asked._fields)
_OF_NUMBERS = Ask(
    select(*(_held[name] for name in Asked._fields)).where(
        and_(_held.space == bindparam("space"), among(_held.phone, "many"))
    ),
    *("space", "many"),
)


def of_numbers(
    connection: Connection, space: str, phones: Collection[str]
) -> dict[tuple[str, Channel], Asked]:
    """How each of these numbers, by key, was asked last on each channel; what nobody was asked on is left out."""
    rows = _OF_NUMBERS.rows(connection, space, sorted(phones)) if phones else ()
    found = (_asked(*row) for row in rows)
    return {(one.phone, one.channel): one for one in found}


def ask(connection: Connection, asked: Sequence[Asked]) -> None:
    """These are asked now: they take the place of how the same were asked before. Their numbers are locked by whoever calls."""
    if not asked:
        return
    whom = tuple_(_held.space, _held.phone, _held.channel)
    connection.execute(
        delete(confirmations).where(whom.in_([(one.space, one.phone, one.channel.value) for one in asked]))
    )
    _ADD.insert(connection, [one._replace(channel=one.channel.value) for one in asked])  # type: ignore[arg-type]  # as it is kept


def _asked(space: str, phone: str, channel: str, *rest: Any) -> Asked:
    return Asked(space, phone, Channel(channel), *rest)
