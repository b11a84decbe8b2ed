"""What a provider says that a person said of consent, kept in the history."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import ConsentChanged, ConsentStatus, canonical, sender_key
from gateway.consent import ConsentEntry, ConsentSource
from gateway.storage import consent, jobs, people, unfinished


def hear(
    connection: Connection,
    space: str,
    number: str,
    word: ConsentChanged,
    evidence: Mapping[str, str],
    now: datetime,
    sender: str | None = None,
) -> None:
    """Keep what the provider says that a person said. `evidence` is added to the provider's own; `sender` is whom it is about
    where the word does not say it. After a stop, what waits to go to that number is decided anew at once.
    """
    said_to = word.sender or (None if word.service else sender)
    number = canonical(number)
    people.add_contact(connection, space, number, now)
    consent.add(
        connection,
        ConsentEntry(
            space=space,
            phone=number,
            channel=word.channel,
            sender=sender_key(said_to) if said_to else None,
            status=word.status,
            own_word=word.stop or word.status is ConsentStatus.SUBSCRIBED,
            source=ConsentSource.PROVIDER,
            evidence={"method": word.evidence, **evidence},
            occurred_at=word.occurred_at or now,
            received_at=now,
            service=word.service,
            reach=word.reach if word.stop else None,
        ),
    )
    if word.stop:
        jobs.call_back(connection, unfinished.unsent_to(connection, space, number))
