"""Messages that are heard long after they were written, since nobody listened then.

They open windows and stop. They grant nothing, become no event and start no text; what was heard before is not heard again. A stop
counts though a START may have followed it, which is not heard: that takes the person's next START.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import ConsentChanged, InboundMessage, Signal, canonical
from gateway.pipeline import messages, words
from gateway.storage import conversations
from gateway.storage.locks import lock_numbers
from gateway.workspace import Destination


def hear(
    connection: Connection, destination: Destination, written: Sequence[Sequence[Signal]], now: datetime
) -> dict[str, int]:
    """Keep these messages, and what of them stops; how many of them are heard for the first time, and how many of these stop."""
    numbers = {
        canonical(one.number)
        for said in written
        for one in said
        if isinstance(one, InboundMessage | ConsentChanged) and one.number is not None
    }
    lock_numbers(connection, ((destination.space, number) for number in numbers))
    by_sid: dict[str, tuple[InboundMessage, Sequence[Signal]]] = {
        one.message_sid: (one, said) for said in written for one in said if isinstance(one, InboundMessage)
    }
    new = conversations.claim_all(connection, destination.id, by_sid, now)
    first = [heard for sid, heard in by_sid.items() if sid in new]
    for message, said in first:
        _keep(connection, destination, message, said, now)
    return {"new": len(first), "stops": sum(bool(_stops(said)) for _message, said in first)}


def _keep(
    connection: Connection,
    destination: Destination,
    message: InboundMessage,
    said: Sequence[Signal],
    now: datetime,
) -> None:
    stops = _stops(said)
    kept = messages.keep(connection, destination, message, stops, now, late=True)
    for word in stops:
        if (number := word.number or kept.number) is not None:
            evidence = {"messageSid": message.message_sid}
            words.hear(connection, destination.space, number, word, evidence, now)


def _stops(said: Sequence[Signal]) -> list[ConsentChanged]:
    return [one for one in said if isinstance(one, ConsentChanged) and one.stop]
