"""Backtests: a job in the background that tries a mapping on events that came, with nothing sent and nothing stored but what it counts.

Each event is decided as it would have been when it came: at its own time, by what is known now of people and consent. The account is supposed
to be VERIFIED and nothing to be paused. One process at a time works on a job, and one that takes it up again begins anew.
"""

import asyncio
from collections.abc import Mapping as Object, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from destinations.kit import (
    DestinationStatus,
    Hold,
    IntegrationError,
    Plan,
    Reason,
    Send,
    Suppress,
    canonical,
)
from gateway import phones, sending_limits
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.deliveries import NEVER_WAITED, Waited
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import EventOutcome, StoredEvent
from gateway.facts.compiled import Compiled, compiled
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts
from gateway.facts.people import PeopleFacts
from gateway.facts.snapshot import Snapshot, lets_through
from gateway.pipeline import backtest_facts, job_turns
from gateway.pipeline.at_hand import NoStore, at_once, no_read
from gateway.pipeline.backtest_facts import Case, ConversationsThen, Gone, NoticesThen, Page, Reads
from gateway.pipeline.decide import Subject, decide
from gateway.pipeline.job_turns import JobTurn, Kind
from gateway.pipeline.load import Facts
from gateway.pipeline.tally import HELD, NOT_READ, REJECTED, SENT, SUPPRESSED, Outcome, Tally
from gateway.services import Services
from gateway.storage import background_jobs, backtests as stored, delivery_lists
from gateway.storage.backtests import Backtest
from gateway.storage.engine import ReadOnly
from gateway.storage.pages import Cursor
from gateway.synced import NOTHING_KNOWN
from gateway.workspace import Mapping
from mappings import MappingError

KIND = BackgroundKind.BACKTEST

MOST_EVENTS = 1_000_000
"""Events of one backtest."""

PAGE = 1_000
"""How many events are read together."""

BREATH = 20
"""Decisions, behind which whoever else waits has a turn."""

TURN_KEPT = timedelta(seconds=60)

_KIND = Kind(KIND, "trial", TURN_KEPT, "A backtest failed", "Nothing was sent or changed. To begin anew, run")

_TRIED = frozenset({EventOutcome.MATCHED, EventOutcome.UNMATCHED})


@dataclass(frozen=True, slots=True)
class _Run:
    """What a process tries for a job."""

    job: BackgroundJob
    asked: Backtest
    snapshot: Snapshot
    one: Compiled
    gone: Gone
    read: Reads
    prices: dict[tuple[Any, ...], str | None]
    turn: JobTurn


def asked_of(mapping: Mapping) -> dict[str, Any]:
    """A mapping as JSON."""
    found: dict[str, Any] = msgspec.to_builtins(mapping)
    return found


async def step(services: Services) -> bool:
    """Go on with each backtest that was asked for; whether there was one. Raises what the store raises."""
    return await job_turns.each(services, _KIND, _one)


async def _one(services: Services, job: BackgroundJob, turn: JobTurn) -> bool:
    asked = await services.store.read(lambda c: stored.of_job(c, job.id))
    if asked is None:  # canceled in this moment
        return False
    snapshot = await services.workspace.current()
    one = _supposed(services, snapshot, asked.mapping)
    if isinstance(one, str):
        await job_turns.fail(services, job, one)
        return True
    run = _Run(job, asked, snapshot, one, Gone(), Reads(services.reader.cached), {}, turn)
    keeping = asyncio.create_task(_keep(services, turn))
    try:
        await _try(services, run)
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
    return True


async def _keep(services: Services, turn: JobTurn) -> None:
    """Keep the turn, however long a page takes: where a provider answers slowly that may be minutes."""
    while True:
        await asyncio.sleep(turn.kept.total_seconds() / 4)
        try:
            await services.store.write(lambda c: turn.keeps(c, services.clock.now()))
        except (StoreBusy, StoreUnavailable):
            continue  # whoever counts next meets that, too


def _supposed(services: Services, snapshot: Snapshot, asked: Object[str, Any]) -> Compiled | str:
    """The mapping ready to run over an account that is VERIFIED and not paused; or why it can't."""
    try:
        mapping = msgspec.convert(asked, Mapping)
    except msgspec.ValidationError as error:
        return f"The mapping was kept in a form that this version does not read ({error}). Nothing was sent or changed. Ask again."
    there = snapshot.destinations.get(mapping.destination_id)
    if there is None or there.deleted_at is not None:
        return "The mapping's destination was deleted. Nothing was sent or changed."
    ready = replace(there, status=DestinationStatus.VERIFIED, trouble=None, pause=None, space_pause=None)
    try:
        definition = services.definition(there.definition)
        settings = definition.settings.model_validate(dict(there.settings))
        return compiled(mapping, ready, definition, settings, snapshot.senders.get(there.id, NOTHING_KNOWN))
    except (MappingError, KeyError, ValueError) as error:
        return f"The mapping does not compile: {error} Nothing was sent or changed. Mend it, and ask again."


async def _try(services: Services, run: _Run) -> None:
    """Try the mapping on one event after the other, until there are no more, or somebody paused or ended the job."""
    space, tally = run.job.space, Tally()
    total = await services.store.read(lambda c: stored.count(c, space, run.asked, MOST_EVENTS + 1))
    if total > MOST_EVENTS:
        message = f"There are more than {MOST_EVENTS:,} events in this span, which is more than a backtest tries. Take a shorter one."
        await job_turns.fail(services, run.job, message)
        return
    after: Cursor | None = None
    while True:
        some = await services.store.read(
            partial(stored.following, space=space, one=run.asked, after=after, most=PAGE)
        )
        tally.saw(len(some), sum(one.payload_removed_at is not None for one in some))
        wanted = [one for one in some if _is_for(run, one)]
        if wanted:
            page = await services.store.read(
                partial(
                    backtest_facts.read,
                    secrets=services.secrets,
                    snapshot=run.snapshot,
                    one=run.one,
                    some=wanted,
                )
            )
            tally.add(await _outcomes(services, run, page))
        ended = len(some) < PAGE
        if not await services.store.write(_counted(services, run, tally, total, ended=ended)) or ended:
            return
        after = Cursor(some[-1].received_at, some[-1].id)


def _counted(services: Services, run: _Run, tally: Tally, total: int, *, ended: bool) -> Any:
    now, result = services.clock.now(), tally.result()

    def change(connection: Connection) -> bool:
        job = background_jobs.take(connection, run.job.id) if run.turn.keeps(connection, now) else None
        if job is None:
            return False
        if not ended:
            background_jobs.count(connection, job.id, tally.events - job.done, 0, None, result, total=total)
            return True
        message = "Nothing was sent, and nothing but this count is kept."
        background_jobs.end(
            connection, job.id, BackgroundStatus.DONE, now, total=tally.events, message=message, result=result
        )
        stored.end(connection, job.id)
        return True

    return change


def _is_for(run: _Run, event: StoredEvent) -> bool:
    """Whether the mapping would have had it: it came from a source that is connected now, and the trigger is for it."""
    return (
        event.outcome in _TRIED
        and event.payload_removed_at is None
        and event.repeats is None
        and (event.source_id, run.one.destination.id) in run.snapshot.links
        and lets_through(event.payload.get("integrations"), run.one.integration_names)
        and run.one.trigger.matches(event.payload)
    )


# -- one event -------------------------------------------------------------------------------------------------------------


async def _outcomes(services: Services, run: _Run, page: Page) -> Sequence[Outcome]:
    found = []
    for place, case in enumerate(page.cases):
        found.append(await _outcome(services, run, page.facts, case))
        if place % BREATH == BREATH - 1:
            await asyncio.sleep(0)
    return found


async def _outcome(services: Services, run: _Run, facts: Facts, case: Case) -> Outcome:
    """What would have become of it; what waits in quiet hours is decided again when they are over."""
    event, now, rested = case.event, case.event.received_at, NEVER_WAITED
    plan = await _planned(services, run, facts, case, now, rested)
    if isinstance(plan, Hold) and plan.reason is Reason.QUIET_HOURS:
        now, rested = plan.until, Waited(None, plan.until - now)
        plan = await _planned(services, run, facts, case, now, rested)
    policy = run.one.destination.policy
    day = sending_limits.day_of(policy, now)
    if not isinstance(plan, Send):
        return _unsent(event, day, plan)
    run.gone.goes(run.one, plan, run.one.mapping.purpose, now)
    price = await _price(services, run, plan)
    return Outcome(
        event.id,
        day,
        SENT,
        recipient=canonical(plan.recipient),
        waited=rested != NEVER_WAITED,
        segments=plan.segments,
        price=price,
    )


def _unsent(event: StoredEvent, day: date, plan: Hold | Suppress | IntegrationError) -> Outcome:
    match plan:
        case Hold():
            return Outcome(event.id, day, HELD, plan.reason.value)
        case Suppress():
            return Outcome(event.id, day, SUPPRESSED, plan.reason.value)
    return Outcome(event.id, day, NOT_READ if plan.retryable else REJECTED, plan.code)


async def _planned(
    services: Services, run: _Run, facts: Facts, case: Case, now: datetime, waited: Waited
) -> Plan | IntegrationError:
    """At once, where all that it asks for is at hand; else with whatever it has to read."""
    subject = _subject(services, run, facts, case, now, waited, NoStore())
    decision = at_once(decide(services, subject, now, no_read))
    if decision is None:
        subject = _subject(services, run, facts, case, now, waited, services.store)
        decision = await decide(services, subject, now, run.read)
    return decision.plan


def _subject(
    services: Services, run: _Run, facts: Facts, case: Case, now: datetime, waited: Waited, store: ReadOnly
) -> Subject:
    space, source = run.job.space, run.snapshot.sources[case.event.source_id]
    talks, told = ConversationFacts(store, space, facts.talks[space]), facts.notices.get(space, {})
    return Subject(
        source=source,
        event=case.event,
        one=run.one,
        consent=ConsentFacts(store, services.secrets, space, facts.said[space]),
        people=PeopleFacts(case.known, case.event, source),
        conversations=ConversationsThen(talks, now),
        notices=NoticesThen(store, space, told, run.gone, now),
        counts=run.gone,
        callback_url=services.callback_url(run.one, "backtest"),
        waited=waited,
    )


async def _price(services: Services, run: _Run, send: Send) -> str | None:
    """What the last text like it cost, asked once for all that are alike."""
    country = phones.country_of(send.recipient)
    if send.segments is None or send.channel is None or country is None:
        return None
    like = (run.one.destination.id, send.channel, send.sender, country, send.segments)
    if like not in run.prices:
        run.prices[like] = await services.store.read(lambda c: delivery_lists.last_price(c, *like))
    return run.prices[like]
