"""By what stops are confirmed: a source of each space and a mapping for each channel of a destination. They are stored nowhere, and disabled and
deleted from the start, since no event is matched to them and nobody changes them. See `pipeline.stop_confirmations`.
"""

from collections.abc import Iterator, Mapping as Object, Sequence
from datetime import datetime, timedelta
from typing import Any

from destinations.kit import Channel, DestinationDefinition, Purpose
from gateway import ids
from gateway.workspace import Destination, Mapping, Source, without_key

CONFIRMED_WITHIN = timedelta(minutes=5)
"""How old a person's stop may be when it is confirmed."""

EVENT = "Stop Confirmed"
"""The event of which a confirmation is made."""

_MAPPINGS = "map_stops_"


def source_id_of(space: str) -> str:
    """The id of the source that has the events of a space's confirmations."""
    return f"src_stops_{ids.digest(space)[:32]}"


def mapping_id_of(destination_id: str, channel: Channel) -> str:
    """The id of the mapping by which a destination confirms stops on a channel."""
    return f"{_MAPPINGS}{ids.digest(f'{destination_id} {channel.value}')[:32]}"


def is_one(mapping_id: str) -> bool:
    """Whether a mapping of that id confirms stops."""
    return mapping_id.startswith(_MAPPINGS)


def source_of(space: str, since: datetime) -> Source:
    """The source that has the events of a space's confirmations."""
    return without_key(source_id_of(space), space, "Stop confirmations", since)


def sources(destinations: Sequence[Destination]) -> dict[str, Source]:
    """Those of the spaces of all these, by id."""
    first: dict[str, datetime] = {}
    for one in destinations:
        first[one.space] = min(first.get(one.space, one.created_at), one.created_at)
    found = (source_of(space, since) for space, since in first.items())
    return {source.id: source for source in found}


def mappings(
    definitions: Object[str, DestinationDefinition], destinations: Sequence[Destination]
) -> Iterator[Mapping]:
    """Those of all of these whose kind of destination confirms stops."""
    for destination in destinations:
        definition = definitions.get(destination.definition)
        if definition is not None and definition.stop_confirmation is not None:
            for channel, (action, fields) in definition.stop_confirmation.actions.items():
                yield _mapping(destination, channel, action, fields)


def _mapping(destination: Destination, channel: Channel, action: str, fields: Object[str, Any]) -> Mapping:
    return Mapping(
        id=mapping_id_of(destination.id, channel),
        destination_id=destination.id,
        action=action,
        name="Stop confirmation",
        trigger=f'type = "track" and event = "{EVENT}"',
        cancel_trigger=None,
        purpose=Purpose.TRANSACTIONAL,
        max_age_seconds=int(CONFIRMED_WITHIN.total_seconds()),
        allow_browser_events=False,
        allow_import=False,
        fields=fields,
        enabled=False,
        revision=1,
        created_at=destination.created_at,
        updated_at=destination.updated_at,
        deleted_at=destination.created_at,
    )
