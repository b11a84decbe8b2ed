"""What is wrong in a space now and wants a person: drawn from what is stored, and kept nowhere. See gateway.alerts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from destinations.kit import DestinationDefinition, DestinationStatus
from gateway import alerts, sending_limits
from gateway.alerts import Alert, NamedTemplate, Untold
from gateway.facts.compiled import Compiled
from gateway.facts.pasting import filled
from gateway.facts.snapshot import Snapshot
from gateway.pipeline import owner_events
from gateway.sending_limits import Count, Counter, Limit
from gateway.services import Services
from gateway.storage import alerts as stored, claim_counts, refusals
from gateway.storage.engine import ReadOnly
from gateway.storage.refusals import Refusal
from gateway.synced import NOTHING_KNOWN, Sender
from gateway.workspace import Destination

DAY = timedelta(hours=24)
GIVEN_UP_WITHIN = 2 * DAY
"""What is given up after a day of attempts is told for another one."""

HOURS = timedelta(hours=2)
"""So far back is looked for callbacks."""

CALLS_WITHIN = timedelta(minutes=10)
"""A message that left so long ago has had a callback, where any come."""

FEW = 3
"""Of fewer messages nothing follows from there being no callback."""


class _Read(NamedTuple):
    waiting: Mapping[tuple[str, str], int]
    dead: Sequence[stored.Untold]
    failing: Sequence[stored.Untold]
    unanswered: Mapping[str, tuple[int, datetime]]
    refused: Sequence[Refusal]
    counts: Mapping[Counter, Count]


async def of_space(services: Services, snapshot: Snapshot, space: str) -> list[Alert]:
    """The alerts of a space, the grave ones first and of those the newest. A destination that is disabled or deleted has none."""
    url, definitions = services.settings.public_url, services.workspace.definitions
    return await drawn(services.store, definitions, url, snapshot, space, services.clock.now())


async def drawn(
    store: ReadOnly,
    definitions: Mapping[str, DestinationDefinition],
    public_url: str | None,
    snapshot: Snapshot,
    space: str,
    now: datetime,
) -> list[Alert]:
    """The same for whoever has no gateway that runs."""
    there = {
        one.id: one
        for one in snapshot.destinations.values()
        if one.space == space and one.enabled and one.deleted_at is None
    }
    called = (
        []
        if public_url is None
        else [one.id for one in there.values() if _is_called(definitions.get(one.definition), one)]
    )
    sources = {
        one.id: one for one in snapshot.sources.values() if one.space == space and one.deleted_at is None
    }

    budgets = {
        key: limit
        for key, one in there.items()
        if (limit := sending_limits.of_destination(one.policy, key, now)) is not None
    }

    def read(connection: Connection) -> _Read:
        out_of_use = [key for key in there if any(not one.active for one in _senders(snapshot, key))]
        looked_at = {
            key: stored.unanswered(connection, key, now - HOURS, now - CALLS_WITHIN) for key in called
        }
        return _Read(
            stored.waiting(connection, out_of_use) if out_of_use else {},
            # A test that nobody took lost nothing: whoever asked for it has its answer.
            stored.dead(connection, space, now - GIVEN_UP_WITHIN, owner_events.TEST),
            stored.failing(connection, space, now - GIVEN_UP_WITHIN),
            {key: one for key, one in looked_at.items() if one is not None and one[0] >= FEW},
            refusals.recent(connection, list(sources), now - DAY) if sources else (),
            claim_counts.counts(connection, [one.counter for one in budgets.values()]),
        )

    found = await store.read(read)
    running = [
        one
        for one in snapshot.compiled.values()
        if one.destination.id in there and one.mapping.enabled and one.mapping.deleted_at is None
    ]
    every: list[Alert | None] = [
        *map(alerts.of_standing, there.values()),
        *_of_senders(snapshot, there, running, found.waiting),
        *_of_templates(snapshot, running),
        *_of_webhooks(there, found.dead, now, dead=True),
        *_of_webhooks(there, found.failing, now, dead=False),
        *(alerts.of_callbacks(there[key], *one, public_url or "") for key, one in found.unanswered.items()),
        *_of_limits(there, budgets, found.counts),
        *(
            alerts.of_refusal(
                sources[one.source_id],
                one.code,
                one.message,
                one.count,
                one.last_at,
                one.since or one.last_at,
            )
            for one in found.refused
        ),
    ]
    return sorted((one for one in every if one is not None), key=lambda one: one.place, reverse=True)


def _is_called(definition: DestinationDefinition | None, destination: Destination) -> bool:
    """Whether its provider should call this gateway, which has an address for that."""
    if definition is None or definition.webhooks is None:
        return False
    return destination.status is DestinationStatus.VERIFIED


def _senders(snapshot: Snapshot, destination_id: str) -> Iterable[Sender]:
    return snapshot.senders.get(destination_id, NOTHING_KNOWN).by_address.values()


def _of_senders(
    snapshot: Snapshot,
    there: Mapping[str, Destination],
    running: Sequence[Compiled],
    waiting: Mapping[tuple[str, str], int],
) -> Iterable[Alert | None]:
    naming: dict[tuple[str, str], list[str]] = {}
    for one in running:
        if one.sender is not None:
            naming.setdefault((one.destination.id, one.sender.address), []).append(one.mapping.name)
    for key in there:
        every = list(_senders(snapshot, key))
        for sender in every:
            whose = (key, sender.address)
            yield alerts.of_sender(sender, every, sorted(naming.get(whose, ())), waiting.get(whose, 0))


def _of_templates(snapshot: Snapshot, running: Sequence[Compiled]) -> Iterable[Alert | None]:
    naming: dict[tuple[str, str], list[str]] = {}
    for one in running:
        sid = None if one.action.template is None else one.action.template(one.mapping.fields)
        if sid is not None:
            naming.setdefault((one.destination.id, sid), []).append(one.mapping.name)
    for (key, sid), names in naming.items():
        known = snapshot.templates.get(key, {}).get(sid)
        if known is not None:
            named = NamedTemplate(
                known.id,
                sid,
                known.name,
                known.approval,
                known.rejection_reason,
                known.removed_at,
                known.fell_at,
                sorted(names),
            )
            yield alerts.of_template(named, key)


def _of_limits(
    there: Mapping[str, Destination], budgets: Mapping[str, Limit], counts: Mapping[Counter, Count]
) -> Iterable[Alert]:
    for key, limit in budgets.items():
        alert = alerts.of_limit(there[key], limit, counts[limit.counter])
        if alert is not None:
            yield replace(alert, remedy=filled(alert.remedy, there[key]))


def _of_webhooks(
    there: Mapping[str, Destination], found: Sequence[stored.Untold], now: datetime, *, dead: bool
) -> Iterable[Alert]:
    of_each: dict[str, list[stored.Untold]] = {}
    for one in found[: stored.MOST]:
        of_each.setdefault(one.destination_id, []).append(one)
    more = len(found) > stored.MOST
    for key, some in of_each.items():
        if key in there:
            newest = some[0]
            untold = Untold(len(some), more, newest.id, newest.last_answer, some[-1].created_at)
            yield alerts.of_webhooks(there[key], untold, now, dead=dead)
