"""What is known of whom the events of a backtest are about: people and consent as they are now; what people wrote, and what went out, as it
was when each event came, supposing that nothing but the backtest's own texts did.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from sqlalchemy import Connection

from destinations.kit import (
    Channel,
    HttpRequest,
    HttpResponse,
    Purpose,
    Read,
    RetryableError,
    Send,
    canonical,
)
from gateway import sending_limits
from gateway.events import StoredEvent
from gateway.facts import notices as notices_told
from gateway.facts.compiled import Compiled
from gateway.facts.conversations import ConversationFacts
from gateway.facts.people import person_of
from gateway.facts.snapshot import Snapshot
from gateway.people import Known, identities_of, told_by
from gateway.pipeline import load
from gateway.pipeline.load import Facts
from gateway.secrets import Secrets
from gateway.sending_limits import Count, Counter
from gateway.storage import people
from gateway.storage.engine import ReadOnly
from gateway.storage.notices import Notice

MOST_READS = 100
"""How many different things a backtest reads from a provider, such as templates: what asks for something of each person is not tried
on thousands of them.
"""

MOST_FAILURES = 3
"""How often one thing is asked for of which no good answer comes: of thousands of events each would ask for it, and wait."""

_KEPT = timedelta(days=14)
"""For how long is known what counts: a week, and what comes in it still while a text that waited counts in the next one."""


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


class ConversationsThen:
    """What people had written by then, as far as that is known: of whoever wrote later, too, only that is kept, and their window counts as
    closed.
    """

    def __init__(self, facts: ConversationFacts, now: datetime) -> None:
        self._facts = facts
        self._now = now

    async def last_inbound(self, number: str, sender: str, channel: Channel) -> datetime | None:
        """See kit.Conversations."""
        found = await self._facts.last_inbound(number, sender, channel)
        return None if found is None or found > self._now else found

    async def needs_review(self, number: str, channel: Channel) -> str | None:
        """See kit.Conversations."""
        return await self._facts.needs_review(number, channel)


class NoticesThen:
    """How people had been told to opt out by then, by the backtest's own texts, too. `loaded` as in `facts.notices`."""

    def __init__(
        self, store: ReadOnly, space: str, loaded: dict[str, list[Notice]], gone: "Gone", now: datetime
    ) -> None:
        self._store = store
        self._space = space
        self._loaded = loaded
        self._gone = gone
        self._now = now

    async def last_told(self, number: str) -> datetime | None:
        """See kit.Notices."""
        known = await notices_told.of_number(self._store, self._space, self._loaded, number)
        # A live text for the same event told nobody before it.
        before = [one.told_at for one in known if one.told_at < self._now]
        return max(
            [*before, *(at for at in self._gone.told(canonical(number)) if at <= self._now)], default=None
        )


class Gone:
    """The texts of the backtest that went out so far, as its limits count them and as people were told how to opt out."""

    def __init__(self) -> None:
        self._claimed: dict[Counter, Count] = {}
        self._told: dict[str, datetime] = {}
        self._day: str | None = None

    async def of(self, counters: Collection[Counter]) -> Mapping[Counter, Count]:
        """See facts.claim_counts.Counts."""
        return {one: self._claimed.get(one, Count()) for one in counters}

    def told(self, number: str) -> list[datetime]:
        """When that number, by its key, was told last how to opt out, where it was."""
        found = self._told.get(number)
        return [] if found is None else [found]

    def goes(self, one: Compiled, send: Send, purpose: Purpose, now: datetime) -> None:
        """A text goes out."""
        there, number = one.destination, canonical(send.recipient)
        if send.tells_opt_out:
            self._told[number] = now
        today = sending_limits.today(there.policy, there.id, now)
        if today is None:
            return
        if (
            self._day is None or today.begins > self._day
        ):  # what waits until the morning is of a later day than what comes next
            self._day = today.begins
            oldest = (sending_limits.day_of(there.policy, now) - _KEPT).isoformat()
            self._claimed = {kept: count for kept, count in self._claimed.items() if kept.begins > oldest}
        for limit in today.of_text(send.recipient, purpose):
            before = self._claimed.get(limit.counter, Count())
            self._claimed[limit.counter] = before._replace(claimed=before.claimed + 1)


class Reads:
    """Reads from a provider, of so many different things, each of which fails so many times at most."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._asked: set[str] = set()
        self._failed: dict[str, list[HttpResponse | str]] = {}

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; of what failed so often the last one again. Raises RetryableError where none came, and beyond so many things."""
        url = request.url
        if url not in self._asked and len(self._asked) >= MOST_READS:
            raise RetryableError(
                f"A backtest reads at most {MOST_READS} different things from the provider, and this mapping asks for more, such as one of "
                "each person."
            )
        self._asked.add(url)
        failed = self._failed.setdefault(url, [])
        if len(failed) < MOST_FAILURES:
            return await self._again(request, failed)
        last = failed[-1]
        if isinstance(last, str):
            raise RetryableError(last)
        return last

    async def _again(self, request: HttpRequest, failed: list[HttpResponse | str]) -> HttpResponse:
        try:
            answer = await self._read(request)
        except RetryableError as error:
            failed.append(error.message)
            raise
        if answer.status != HTTPStatus.OK:
            failed.append(answer)
        return answer
