"""What a batch of Deliveries is decided upon: read together, by one query for each kind of fact."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from destinations.kit import canonical
from gateway.crowd import Crowd
from gateway.deliveries import Delivery
from gateway.events import StoredEvent
from gateway.facts.conversations import Talk, talks
from gateway.facts.people import person_of
from gateway.facts.snapshot import Snapshot
from gateway.jobs import Job
from gateway.people import Identity, Known, identities_of, told_by
from gateway.pipeline.fresh import Fresh
from gateway.pipeline.within_limits import Days
from gateway.secrets import Secrets
from gateway.sending_limits import Count, Counter
from gateway.storage import claim_counts, consent, deliveries, events, notices, people
from gateway.storage.consent import Said
from gateway.storage.notices import Notice


class Turn(NamedTuple):
    """A Delivery, and the job by which it has its turn."""

    job: Job
    delivery: Delivery


class Item(NamedTuple):
    """A Delivery with its event, and the job by which it has its turn; `fresh` where it has its first one just after its match."""

    job: Job
    delivery: Delivery
    event: StoredEvent
    fresh: Fresh | None = None


class Loaded(NamedTuple):
    """What some jobs are about: Deliveries with their events, those whose events are gone, and the jobs that are about none."""

    there: list[Item]
    eventless: list[Turn]
    gone: list[Job]


def items(connection: Connection, jobs: Sequence[Job]) -> Loaded:
    """The Deliveries that these jobs are about, in their order."""
    found = deliveries.by_ids(connection, [job.subject or "" for job in jobs])
    stored = events.by_ids(connection, sorted({one.event_id for one in found.values()}))
    loaded = Loaded([], [], [])
    for job in jobs:
        delivery = found.get(job.subject or "")
        if delivery is None:
            loaded.gone.append(job)
        elif (event := stored.get(delivery.event_id)) is None:
            loaded.eventless.append(Turn(job, delivery))
        else:
            loaded.there.append(Item(job, delivery, event))
    return loaded


class Facts(msgspec.Struct, frozen=True):
    """What is known of whom some Deliveries are about. By space, then by number: what was said, what was written, and how they were told
    to opt out, of those spaces where somebody is to be told. `counts` are those that their limits are about.
    """

    crowd: Crowd
    said: Mapping[str, dict[str, Said]]
    talks: Mapping[str, dict[str, Talk]]
    notices: Mapping[str, dict[str, list[Notice]]]
    counts: dict[Counter, Count]

    def person(self, item: Item) -> Known | None:
        """The person of a Delivery's event."""
        if item.fresh is not None:
            return item.fresh.known
        return person_of(self.crowd, item.delivery.space, item.event, item.delivery.person_id)


def crowd_of(connection: Connection, some: Iterable[Item]) -> Crowd:
    """Everybody whom these events name, or were matched to."""
    named: dict[str, set[Identity]] = {}
    person_ids: set[str] = set()
    for item in some:
        named.setdefault(item.delivery.space, set()).update(identities_of(item.event))
        if item.delivery.person_id is not None:
            person_ids.add(item.delivery.person_id)
    return people.load(connection, named, person_ids)


def facts(
    connection: Connection, secrets: Secrets, snapshot: Snapshot, some: Sequence[Item], now: datetime
) -> Facts:
    """What a plan of each of these may ask for: of the numbers that its event and its person have. What else one asks for, it reads."""
    crowd = crowd_of(connection, [item for item in some if item.fresh is None])
    numbers: dict[str, set[str]] = {}
    counters: set[Counter] = set()
    days = Days(now)
    for item in some:
        theirs: set[str] = set()
        if item.fresh is not None:
            known = item.fresh.known
            theirs.update(item.fresh.numbers)
        else:
            source = snapshot.sources[item.delivery.source_id]
            known = person_of(crowd, item.delivery.space, item.event, item.delivery.person_id)
            theirs.update(told_by(item.event, source, snapshot.country(source)).phones)
        if known is not None:
            theirs.update(known.phones)
        if item.delivery.recipient is not None:
            theirs.add(canonical(item.delivery.recipient))
        numbers.setdefault(item.delivery.space, set()).update(theirs)
        one = snapshot.compiled.get(item.delivery.mapping_id)
        today = None if one is None else days.of(one.destination)
        if one is not None and today is not None:
            for number in theirs:
                counters.update(limit.counter for limit in today.of_text(number, one.mapping.purpose))
    telling = {item.delivery.space for item in some if _tells_opt_out(snapshot, item.delivery.destination_id)}
    return of_numbers(connection, secrets, crowd, numbers, telling, counters)


def of_numbers(
    connection: Connection,
    secrets: Secrets,
    crowd: Crowd,
    numbers: Mapping[str, Collection[str]],
    telling: Collection[str],
    counters: Collection[Counter] = (),
) -> Facts:
    """What is known of these people, and of these numbers, by space; of the spaces in `telling` how they were told to opt out."""
    asked = sorted(numbers.items())
    return Facts(
        crowd,
        {space: consent.deciding(connection, secrets, space, phones) for space, phones in asked},
        {space: talks(connection, space, sorted(phones)) for space, phones in asked},
        {
            space: notices.of_numbers(connection, space, sorted(phones))
            for space, phones in asked
            if space in telling
        },
        claim_counts.counts(connection, counters),
    )


def _tells_opt_out(snapshot: Snapshot, destination_id: str) -> bool:
    destination = snapshot.destinations.get(destination_id)
    return destination is not None and destination.policy.opt_out_words
