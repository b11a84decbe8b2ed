"""Channels that are switched off, of one destination or of a whole space. What is not switched off is on."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from destinations.kit import Channel
from gateway.storage import configuration
from gateway.storage.tables import channel_switches

WHOLE_SPACE = ""
"""In place of a destination's id."""
_OFF = select(channel_switches.c.space, channel_switches.c.destination_id, channel_switches.c.channel)


class Off(NamedTuple):
    """The channels that are switched off, by destination and by space."""

    destinations: Mapping[str, frozenset[Channel]]
    spaces: Mapping[str, frozenset[Channel]]


def off(connection: Connection) -> Off:
    """Every channel that is switched off, of every space."""
    whose: dict[str, set[Channel]] = {}
    of_spaces: dict[str, set[Channel]] = {}
    for space, destination_id, channel in connection.execute(_OFF):
        held = whose if destination_id else of_spaces
        held.setdefault(destination_id or space, set()).add(Channel(channel))
    return Off(
        {key: frozenset(channels) for key, channels in whose.items()},
        {key: frozenset(channels) for key, channels in of_spaces.items()},
    )


def switch_off(
    connection: Connection, space: str, destination_id: str | None, channel: Channel, at: datetime, by: str
) -> bool:
    """Switch a channel off, of a destination or of a whole space; False, and nothing is changed, where it is off already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    done = connection.execute(
        dialect.insert(channel_switches)
        .values(
            space=space,
            destination_id=destination_id or WHOLE_SPACE,
            channel=channel.value,
            off_at=at,
            off_by=by,
        )
        .on_conflict_do_nothing()
    )
    return _changed(connection, done.rowcount)


def switch_on(connection: Connection, space: str, destination_id: str | None, channel: Channel) -> bool:
    """Switch it on again; False, and nothing is changed, where it is not off."""
    held = channel_switches.c
    done = connection.execute(
        delete(channel_switches).where(
            held.space == space,
            held.destination_id == (destination_id or WHOLE_SPACE),
            held.channel == channel.value,
        )
    )
    return _changed(connection, done.rowcount)


def _changed(connection: Connection, rows: int) -> bool:
    if rows:
        configuration.changed(connection)
    return rows > 0
