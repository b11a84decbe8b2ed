"""Destinations. Their settings are one encrypted text: nothing of an account is readable in the file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, exists, func, insert, or_, select, update

from destinations.kit import Channel, DestinationStatus, Policy
from gateway.secrets import Secrets
from gateway.storage import channels, configuration
from gateway.storage.channels import Off
from gateway.storage.rows import to_values
from gateway.storage.tables import (
    IS_DOUBTED,
    IS_STOPPED,
    channel_switches,
    destinations,
    senders,
    space_pauses,
)
from gateway.workspace import Destination, Pause, Trouble


@dataclass(frozen=True, slots=True)
class Standing:
    """How a destination's account stands: as far as its checks have come, what they said, and its last trouble.

    `paused`: it is, or its whole space; so is a deleted one, for good. `channels_off`: by its own switch, or by that of its space.
    `senders_stopped`: one of its senders is paused, out of use, or in doubt.
    """

    status: DestinationStatus
    verification: Mapping[str, Any]
    trouble: Trouble | None
    paused: bool = False
    enabled: bool = True
    channels_off: frozenset[Channel] = frozenset()
    senders_stopped: bool = False


def _of_rows(rows: Sequence[Row[Any]], secrets: Secrets, off: Off) -> list[Destination]:
    return to_values(
        Destination,
        rows,
        settings=lambda row: msgspec.json.decode(secrets.decrypt(row.settings)),
        trouble=lambda row: _trouble(row.trouble),
        policy=lambda row: msgspec.convert(row.policy, Policy),
        pause=lambda row: _pause(row.paused_at, row.paused_by, row.pause_note),
        space_pause=lambda row: _pause(row.space_paused_at, row.space_paused_by, row.space_pause_note),
        channels_off=lambda row: off.destinations.get(row.id, frozenset()),
        space_channels_off=lambda row: off.spaces.get(row.space, frozenset()),
    )


def _pause(at: datetime | None, by: str, note: str | None) -> Pause | None:
    return None if at is None else Pause(at, by, note)


def _trouble(kept: Any) -> Trouble | None:
    return None if kept is None else msgspec.convert(kept, Trouble)


def add(connection: Connection, destination: Destination, secrets: Secrets) -> None:
    """Store a new destination, its settings encrypted."""
    connection.execute(
        insert(destinations).values(
            id=destination.id,
            space=destination.space,
            definition=destination.definition,
            name=destination.name,
            enabled=destination.enabled,
            status=destination.status.value,
            revision=destination.revision,
            settings=_encrypted(destination, secrets),
            secrets_set_at=destination.secrets_set_at,
            verification=destination.verification,
            trouble=destination.trouble,
            policy=destination.policy,
            webhook_events=destination.webhook_events,
            created_at=destination.created_at,
            updated_at=destination.updated_at,
            deleted_at=destination.deleted_at,
        )
    )
    configuration.changed(connection)


def save(connection: Connection, destination: Destination, secrets: Secrets) -> None:
    """Store what a destination is now, under its revision. Read it `for_update` first. Pauses and channels are stored apart. How its
    receiver answered is forgotten: it may be another's address by now.
    """
    connection.execute(
        update(destinations)
        .where(destinations.c.id == destination.id)
        .values(
            name=destination.name,
            enabled=destination.enabled,
            status=destination.status.value,
            revision=destination.revision,
            settings=_encrypted(destination, secrets),
            secrets_set_at=destination.secrets_set_at,
            verification=destination.verification,
            trouble=destination.trouble,
            policy=destination.policy,
            webhook_events=destination.webhook_events,
            webhook_failures=None,
            webhook_rests_until=None,
            updated_at=destination.updated_at,
            deleted_at=destination.deleted_at,
        )
    )
    configuration.changed(connection)


def _encrypted(destination: Destination, secrets: Secrets) -> str:
    return secrets.encrypt(msgspec.json.encode(destination.settings).decode())


_CONFIGURED = select(
    destinations,
    space_pauses.c.paused_at.label("space_paused_at"),
    space_pauses.c.paused_by.label("space_paused_by"),
    space_pauses.c.note.label("space_pause_note"),
).outerjoin(space_pauses, space_pauses.c.space == destinations.c.space)


def get(
    connection: Connection, destination_id: str, secrets: Secrets, *, for_update: bool = False
) -> Destination | None:
    """The destination of that id, a deleted one too. `for_update`: nobody else changes it before this transaction ends."""
    query = _CONFIGURED.where(destinations.c.id == destination_id)
    rows = connection.execute(query.with_for_update(of=destinations) if for_update else query).all()
    return next(iter(_of_rows(rows, secrets, channels.off(connection))), None) if rows else None


def is_taken(connection: Connection, space: str, name: str, *, but: str | None = None) -> bool:
    """Whether a destination of that space, another than `but`, has that name; that of a deleted one is free."""
    query = select(destinations.c.id).where(
        destinations.c.space == space, destinations.c.name == name, destinations.c.deleted_at.is_(None)
    )
    return any(found != but for found in connection.scalars(query))


def everything(connection: Connection, secrets: Secrets) -> list[Destination]:
    """Every destination of every space, the deleted ones too."""
    off = channels.off(connection)
    return _of_rows(connection.execute(_CONFIGURED).all(), secrets, off)


class Named(NamedTuple):
    """A destination by what people call it; nothing of its account is read."""

    id: str
    space: str
    name: str


def spaces(connection: Connection) -> list[str]:
    """The spaces that have destinations, by name."""
    there = select(destinations.c.space).where(destinations.c.deleted_at.is_(None))
    return sorted(connection.scalars(there.distinct()))


def named(connection: Connection, destination_ids: Sequence[str]) -> list[Named]:
    """Those of these destinations that are there, by name."""
    query = select(destinations.c.id, destinations.c.space, destinations.c.name)
    there = query.where(destinations.c.id.in_(destination_ids), destinations.c.deleted_at.is_(None))
    rows = connection.execute(there.order_by("name", "id"))
    return [Named(*row) for row in rows]


_CHANNELS_OFF = select(func.aggregate_strings(channel_switches.c.channel, ",")).where(
    channel_switches.c.space == destinations.c.space,
    channel_switches.c.destination_id.in_((channels.WHOLE_SPACE, destinations.c.id)),
)

_STANDING = select(
    destinations.c.id,
    destinations.c.enabled,
    destinations.c.status,
    destinations.c.verification,
    destinations.c.trouble,
    _CHANNELS_OFF.scalar_subquery().label("channels_off"),
    or_(
        destinations.c.paused_at.is_not(None),
        destinations.c.deleted_at.is_not(None),
        exists().where(space_pauses.c.space == destinations.c.space),
    ).label("paused"),
    # Two, since each has an index of its own.
    or_(
        exists().where(senders.c.destination_id == destinations.c.id, IS_STOPPED),
        exists().where(senders.c.destination_id == destinations.c.id, IS_DOUBTED),
    ).label("senders_stopped"),
)


_OF_MANY = destinations.c.id.in_(bindparam("many", expanding=True))
_LOCK = select(destinations.c.id).where(_OF_MANY).order_by(destinations.c.id).with_for_update()
_STANDINGS = _STANDING.where(_OF_MANY)


def lock(connection: Connection, destination_ids: Collection[str]) -> None:
    """Nobody else changes how these destinations stand before this transaction ends. It is the first lock of all (`locks`)."""
    if destination_ids:
        connection.execute(_LOCK, {"many": sorted(destination_ids)})


def standing(connection: Connection, destination_id: str, *, for_update: bool = False) -> Standing:
    """How that destination's account stands. `for_update`: nobody else changes it before this transaction ends."""
    return standings(connection, [destination_id], for_update=for_update)[destination_id]


def standings(
    connection: Connection, destination_ids: Sequence[str], *, for_update: bool = False
) -> dict[str, Standing]:
    """The same of several destinations."""
    if for_update:
        # By itself: whoever waited for a row reads beside it what was there before the wait.
        lock(connection, destination_ids)
    rows = connection.execute(_STANDINGS, {"many": destination_ids}) if destination_ids else ()
    return {
        row.id: Standing(
            DestinationStatus(row.status),
            row.verification or {},
            _trouble(row.trouble),
            paused=bool(row.paused),
            enabled=row.enabled,
            senders_stopped=bool(row.senders_stopped),
            channels_off=frozenset(map(Channel, row.channels_off.split(",")))
            if row.channels_off
            else frozenset(),
        )
        for row in rows
    }


def set_standing(connection: Connection, destination_id: str, stands: Standing, now: datetime) -> None:
    """Keep how an account stands."""
    connection.execute(
        update(destinations)
        .where(destinations.c.id == destination_id)
        .values(
            status=stands.status.value,
            verification=stands.verification or None,
            trouble=stands.trouble,
            updated_at=now,
        )
    )
    configuration.changed(connection)


def set_verification(
    connection: Connection,
    destination_id: str,
    status: DestinationStatus,
    verification: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep what the checks said."""
    connection.execute(
        update(destinations)
        .where(destinations.c.id == destination_id)
        .values(status=status.value, verification=verification, updated_at=now)
    )
    configuration.changed(connection)
