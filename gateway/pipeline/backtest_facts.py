"""What is known of whom the events of a backtest are about: people and consent as they are now; what people wrote, and what went out, as it
was when each event came, supposing that nothing but the backtest's own texts did.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from destinations.kit import HttpRequest, HttpResponse, Purpose, Read, RetryableError, Send, canonical
from gateway import sending_limits
from gateway.events import StoredEvent
from gateway.facts.compiled import Compiled
from gateway.facts.conversations import Talk
from gateway.facts.people import person_of
from gateway.facts.snapshot import Snapshot
from gateway.people import Known, identities_of, told_by
from gateway.pipeline import load
from gateway.pipeline.load import Facts
from gateway.secrets import Secrets
from gateway.sending_limits import Count, Counter
from gateway.storage import people
from gateway.storage.notices import Notice

MOST_READS = 100
"""How many different things a backtest reads from a provider, such as templates: what asks for something of each person is not tried
on thousands of them.
"""

_WEEK = timedelta(days=7)


class Case(NamedTuple):
    """An event, its person, and the numbers that it and they have, by key."""

    event: StoredEvent
    known: Known | None
    numbers: frozenset[str]


class Page(NamedTuple):
    """Some events, and what is known of all their numbers."""

    cases: Sequence[Case]
    facts: Facts


def read(
    connection: Connection,
    secrets: Secrets,
    snapshot: Snapshot,
    one: Compiled,
    some: Sequence[StoredEvent],
) -> Page:
    """What is known of whom these events of the mapping's space are about."""
    space, sources = one.destination.space, snapshot.sources
    named = {identity for event in some for identity in identities_of(event)}
    crowd = people.load(connection, {space: named})
    cases = []
    for event in some:
        source, known = sources[event.source_id], person_of(crowd, space, event, None)
        given = told_by(event, source, snapshot.country(source)).phones
        cases.append(Case(event, known, frozenset([*given, *(known.phones if known is not None else ())])))
    numbers = {number for case in cases for number in case.numbers}
    telling = [space] if one.destination.policy.opt_out_words else []
    return Page(cases, load.of_numbers(connection, secrets, crowd, {space: numbers}, telling))


def as_of(talks: Mapping[str, Talk], numbers: Collection[str], now: datetime) -> dict[str, Talk]:
    """What these numbers had written by then, as far as that is known: of whoever wrote later, too, only that is kept, and their window counts
    as closed.
    """
    found = {}
    for number in numbers:
        talk = talks[number]
        last = {key: at for key, at in talk.last.items() if at <= now}
        found[number] = talk if len(last) == len(talk.last) else replace(talk, last=last)
    return found


class Gone:
    """The texts of the backtest that went out so far, as its limits count them and as people were told how to opt out."""

    def __init__(self) -> None:
        self._claimed: dict[Counter, Count] = {}
        self._told: dict[str, Notice] = {}
        self._day: str | None = None

    async def of(self, counters: Collection[Counter]) -> Mapping[Counter, Count]:
        """See facts.claim_counts.Counts."""
        return {one: self._claimed.get(one, Count()) for one in counters}

    def notices(
        self, stored: Mapping[str, list[Notice]], numbers: Collection[str], now: datetime
    ) -> dict[str, list[Notice]]:
        """How these numbers were told to opt out by then."""
        return {
            number: [one for one in [*stored.get(number, ()), *self._of(number)] if one.told_at <= now]
            for number in numbers
        }

    def _of(self, number: str) -> list[Notice]:
        found = self._told.get(number)
        return [] if found is None else [found]

    def goes(self, one: Compiled, send: Send, purpose: Purpose, now: datetime) -> None:
        """A text goes out."""
        there, number = one.destination, canonical(send.recipient)
        if send.tells_opt_out:
            self._told[number] = Notice(there.space, number, "backtest", now)
        today = sending_limits.today(there.policy, there.id, now)
        if today is None:
            return
        if today.begins != self._day:
            self._day = today.begins
            week = (sending_limits.day_of(there.policy, now) - _WEEK).isoformat()
            self._claimed = {kept: count for kept, count in self._claimed.items() if kept.begins > week}
        for limit in today.of_text(send.recipient, purpose):
            before = self._claimed.get(limit.counter, Count())
            self._claimed[limit.counter] = before._replace(claimed=before.claimed + 1)


class Reads:
    """Reads from a provider, of so many different things."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._asked: set[str] = set()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Raises RetryableError beyond that."""
        if request.url not in self._asked and len(self._asked) >= MOST_READS:
            raise RetryableError(
                f"A backtest reads at most {MOST_READS} different things from the provider, and this mapping asks for more, such as one of "
                "each person."
            )
        self._asked.add(request.url)
        return await self._read(request)
