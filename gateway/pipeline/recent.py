"""What people wrote in the last day, heard as a destination is verified: until then nobody may have listened.

It opens windows and stops. It grants nothing, becomes no event and starts no text; what was heard before is not heard again. A stop
counts though a START may have followed it, which is not heard: that takes the person's next START.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from destinations.kit import (
    ConsentChanged,
    Context,
    DestinationDefinition,
    InboundMessage,
    IntegrationError,
    Recent,
    Signal,
    canonical,
)
from gateway import logging
from gateway.pipeline import messages, words
from gateway.services import Services
from gateway.storage import senders
from gateway.storage.locks import lock_numbers
from gateway.workspace import Destination

LAST = timedelta(hours=24)
SECONDS = 6.0
"""How long the provider may take to say it: the verification waits for it."""

AT_ONCE = 100
_log = logging.get("recent")


async def hear(
    services: Services,
    definition: DestinationDefinition,
    destination: Destination,
    context: Context[Any],
    named: Iterable[str],
) -> None:
    """Hear what was written to the account's senders, those that mappings name among them. What can't be read is said in the log."""
    if definition.recent is None:
        return
    known = await services.store.read(lambda c: senders.known(c, [destination.id]))
    own = known[destination.id].by_address.values() if destination.id in known else ()
    asked = {*named, *(one.address for one in own if one.active)}
    found = await _asked(definition, destination, context, sorted(asked))
    heard = 0
    for start in range(0, len(found.messages), AT_ONCE):
        some = found.messages[start : start + AT_ONCE]
        heard += await services.store.write(
            partial(_keep, destination=destination, some=some, now=context.now)
        )
    if found.messages or found.problems:
        _log.info(
            "What people wrote in the last day was looked through",
            destination=destination.id,
            written=len(found.messages),
            new=heard,
            problems=len(found.problems),
        )


async def _asked(
    definition: DestinationDefinition, destination: Destination, context: Context[Any], asked: Sequence[str]
) -> Recent:
    if definition.recent is None:
        return Recent()
    problem: str
    try:
        async with asyncio.timeout(SECONDS):
            found = await definition.recent(context, asked, context.now - LAST)
    except TimeoutError:
        problem = f"It takes longer than {SECONDS:g} s"
    except IntegrationError as error:
        problem = error.message
    else:
        if found.problems:
            _log.warning(
                "Not all that people wrote in the last day can be read",
                destination=destination.id,
                senders=len(found.problems),
            )
        return found
    _log.warning(
        "What people wrote in the last day can't be read; what they write from now on is heard",
        destination=destination.id,
        why=problem,
    )
    return Recent()


def _keep(
    connection: Connection, destination: Destination, some: Sequence[Sequence[Signal]], now: datetime
) -> int:
    """Keep these messages, and what of them stops; how many of them are heard for the first time."""
    numbers = {
        canonical(one.number)
        for said in some
        for one in said
        if isinstance(one, InboundMessage | ConsentChanged) and one.number is not None
    }
    lock_numbers(connection, ((destination.space, number) for number in numbers))
    return sum(_hear(connection, destination, said, now) for said in some)


def _hear(connection: Connection, destination: Destination, said: Sequence[Signal], now: datetime) -> bool:
    message = next((one for one in said if isinstance(one, InboundMessage)), None)
    if message is None:
        return False
    stops = [one for one in said if isinstance(one, ConsentChanged) and one.stop]
    heard = messages.hear(connection, destination, message, stops, now, late=True)
    if not heard.is_new:
        return False
    for word in stops:
        if (number := word.number or heard.number) is not None:
            evidence = {"messageSid": message.message_sid}
            words.hear(connection, destination.space, number, word, evidence, now)
    return True
