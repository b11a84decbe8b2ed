"""The checks behind Draft -> Verified, kept with the destination; what waited for them goes on."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from destinations.kit import (
    Check,
    DestinationDefinition,
    DestinationStatus,
    Expected,
    Fields,
    IntegrationError,
    about,
    mutation_call,
)
from gateway.jobs import JobKind
from gateway.pipeline import accounts, import_notes, owner_calls, recent, telling
from gateway.sending.receivers import Answer
from gateway.services import Services
from gateway.storage import destinations, senders
from gateway.workspace import Destination

_WEBHOOK = "webhookUrl"

RECEIVER_SECONDS = 8.0
"""How long the owner's receiver may take: with the account's checks before and the import behind it a verification takes less than 30."""
UNSAID = frozenset({"UNREACHABLE", "TIMEOUT"})
"""The codes of checks that failed since nobody could be asked."""

Also = Callable[[Connection, Destination, Destination], None]
"""What is done in the transaction that keeps what the checks said: with the destination as it was, and as it is now."""


class ChangedMeanwhile(Exception):  # noqa: N818  it says what happened
    """Raised where the settings were changed, or the destination was deleted, while they were checked: what was said is not of them."""


class NothingSaidError(Exception):
    """Raised where a provider could not be asked, of a destination that is verified again by itself: that says nothing against it."""


Misfit = Callable[[DestinationDefinition, Destination, ValidationError], Check]
"""The check that failed where stored settings no longer fit their definition, so that nobody can be asked with them."""


def _unread(_definition: DestinationDefinition, destination: Destination, error: ValidationError) -> Check:
    names = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
    message = f"The settings of the destination {destination.name} no longer fit its definition: {names}."
    return Check("settings", passed=False, code="INVALID", message=message)


async def verify(
    services: Services,
    destination_id: str,
    also: Also = lambda _database, _before, _after: None,
    misfit: Misfit = _unread,
    *,
    by_itself: bool = False,
) -> Destination:
    """Run the definition's checks against the provider and store what they said; the destination as it is then. One that can't send
    for now is VERIFYING while they run, and each check is stored as soon as it is known. Raises ChangedMeanwhile, and KeyError for an unknown id.

    `by_itself`: nobody asked for it, so that a provider which can't be reached changes nothing. Then it raises NothingSaidError.
    """
    destination = (await services.workspace.current()).destinations[destination_id]
    definition = services.definition(destination.definition)
    started = services.clock.now()
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError as error:
        checks = [misfit(definition, destination, error)]
    else:
        was_verified = destination.status is DestinationStatus.VERIFIED
        looked = (_looked_at_again if by_itself else _looked_at)(services, destination, settings)
        checks = await _run(services, destination, looked, started, shown=not by_itself and not was_verified)
        if all(check.passed for check in checks) and not (by_itself and was_verified):
            await _hear(services, definition, destination, settings)
    if by_itself and any(not check.passed and check.code in UNSAID for check in checks):
        raise NothingSaidError
    finished = services.clock.now()
    run = run_of(_named(destination_id, checks), started, finished)

    def store(connection: Connection) -> None:
        before = _unchanged(services, connection, destination)
        status = DestinationStatus(run["status"])
        kept = accounts.dated(before.verification, run)
        if status is DestinationStatus.VERIFIED:
            kept = import_notes.noted(kept, import_notes.note(connection, destination_id))
        after = replace(before, status=status, verification=kept, updated_at=finished)
        destinations.set_verification(connection, destination_id, status, kept, finished)
        telling.of_status(connection, destination_id, destination.status, status, kept, finished)
        if status is DestinationStatus.VERIFIED:
            accounts.verified(connection, destination_id, finished)
        also(connection, replace(before, status=destination.status), after)

    try:
        await services.store.write(store)
    finally:
        services.workspace.invalidate()
    services.shared.wakeups.ring(JobKind.DELIVER)
    return (await services.workspace.current()).destinations[destination_id]


def named(destination_id: str, check: Check) -> Check:
    """The check with a remedy that names its destination, so that it can be pasted."""
    return check if check.remedy is None else replace(check, remedy=about(destination_id, check.remedy))


def _named(destination_id: str, checks: Sequence[Check]) -> list[Check]:
    return [named(destination_id, check) for check in checks]


def _unchanged(services: Services, connection: Connection, asked: Destination) -> Destination:
    """The destination as it is stored, as long as it is the one that was asked about. Raises ChangedMeanwhile."""
    stored = destinations.get(connection, asked.id, services.secrets, for_update=True)
    if stored is None or stored.deleted_at is not None or stored.settings != asked.settings:
        raise ChangedMeanwhile
    return stored


async def _run(
    services: Services,
    destination: Destination,
    looked: AsyncGenerator[Check, None],
    started: datetime,
    *,
    shown: bool,
) -> list[Check]:
    """All of these checks, each `shown` as soon as it is known to whoever looks at the destination."""
    checks: list[Check] = []
    async with aclosing(looked):
        if shown:
            await _show(services, destination, checks, started)
        async for check in looked:
            checks.append(check)
            if shown:
                await _show(services, destination, checks, started)
    return checks


async def _looked_at(
    services: Services, destination: Destination, settings: Fields
) -> AsyncGenerator[Check, None]:
    """What the definition's checks say of the account, and once that works of its senders and of the owner's receiver."""
    definition = services.definition(destination.definition)
    works = True
    async for check in _of_account(services, definition, settings):
        works = works and check.passed
        yield check
    if not works:
        return
    context = recent.context_of(services, destination, settings)
    expected = await _expected(services, definition, destination, settings)
    receiver = asyncio.create_task(_receiver(services, destination))
    try:
        if definition.check_senders is not None:
            for check in await definition.check_senders(context, expected):
                yield check
        for check in await receiver:
            yield check
    finally:
        receiver.cancel()


def _looked_at_again(
    services: Services, destination: Destination, settings: Fields
) -> AsyncGenerator[Check, None]:
    """The account alone: what else there is to look at was looked at when somebody asked."""
    return _of_account(services, services.definition(destination.definition), settings)


async def _hear(
    services: Services, definition: DestinationDefinition, destination: Destination, settings: Fields
) -> None:
    """Hear what people wrote lately, before anything that waits for the destination goes on."""
    if definition.recent is not None:
        expected = await _expected(services, definition, destination, settings)
        context = recent.context_of(services, destination, settings)
        await recent.hear(services, definition, destination, context, expected.senders)


async def _receiver(services: Services, destination: Destination) -> tuple[Check, ...]:
    """Whether the owner's own webhook takes a test; no text waits for that."""
    owner = owner_calls.owner_of(services, await services.workspace.current(), destination.id)
    if isinstance(owner, str):
        return ()
    now = services.clock.now()
    call = owner_calls.call_of(owner, owner_calls.sample(owner, destination, now), now)
    if isinstance(call, str):
        return (Check(_WEBHOOK, passed=True, code="WEBHOOK_NOT_TOLD", message=call),)
    try:
        async with asyncio.timeout(RECEIVER_SECONDS):
            answer = await services.receivers.post(call.url, call.headers, call.body)
    except TimeoutError:
        answer = Answer(None, f"No answer came within {RECEIVER_SECONDS:g} seconds.")
    given = {"id": destination.id, "idempotencyKey": f"{now:verify-%Y%m%dT%H%M%S}"}
    test = mutation_call("webhookTest", "webhookDelivery { deliveredAt lastAnswer }", **given)
    if answer.status is not None and HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return (Check(_WEBHOOK, passed=True),)
    return (
        Check(
            _WEBHOOK,
            passed=True,
            code="WEBHOOK_NOT_ANSWERING",
            message=f"The receiver at webhookUrl did not take a test. {answer.words}",
            remedy=f"Mend the receiver, or webhookUrl; then see what it answers: run {test}. Until then what it is to be told is tried "
            "for a day.",
        ),
    )


async def _expected(
    services: Services, definition: DestinationDefinition, destination: Destination, settings: Fields
) -> Expected:
    """What its enabled mappings name, where it hears of what people write, and which senders are known of it."""
    mappings = (await services.workspace.current()).mappings.values()
    named: dict[str, None] = {}
    for one in mappings:
        action = next((action for action in definition.actions if action.slug == one.action), None)
        if one.destination_id != destination.id or not one.enabled or action is None or action.sender is None:
            continue
        sender = action.sender(one.fields, settings)
        if sender is not None:
            named.setdefault(sender.address)
    known = await services.store.read(lambda c: senders.known(c, [destination.id]))
    own = known[destination.id].by_address.values() if destination.id in known else ()
    ids_of = {one.address: one.id for one in own if one.removed_at is None}
    return Expected(tuple(named), services.inbound_url(destination), destination.policy, ids_of)


async def _show(
    services: Services, destination: Destination, checks: Sequence[Check], started: datetime
) -> None:
    """Whoever looks sees that the checks run, and what is known by now. A process that ends meanwhile leaves it so, and it is verified
    again by itself.
    """
    run = run_of(_named(destination.id, checks), started, None)

    def show(connection: Connection) -> None:
        stored = _unchanged(services, connection, destination)
        stands = destinations.standing(connection, stored.id)
        if stands.status is not DestinationStatus.VERIFIED:
            going_on = accounts.dated(stands.verification, run)
            verifying = replace(stands, status=DestinationStatus.VERIFYING, verification=going_on)
            destinations.set_standing(connection, stored.id, verifying, services.clock.now())

    try:
        await services.store.write(show)
    finally:
        services.workspace.invalidate()


async def checks_of(
    services: Services, definition: DestinationDefinition, settings: Fields
) -> tuple[Check, ...]:
    """What the definition's checks say of these settings, which need not be stored."""
    return tuple([check async for check in _of_account(services, definition, settings)])


async def _of_account(
    services: Services, definition: DestinationDefinition, settings: Fields
) -> AsyncGenerator[Check, None]:
    try:
        async for check in definition.checks(
            settings, services.reader.fresh, services.settings.allowed_hosts
        ):
            yield check
    except IntegrationError as error:
        said = {"message": error.message, "remedy": error.remedy}
        yield Check("reach the provider", passed=False, code="UNREACHABLE", **said)


def run_of(checks: Sequence[Check], started: datetime, finished: datetime | None) -> dict[str, Any]:
    """A run of checks as it is stored with a destination; not finished: it goes on."""
    passed = all(check.passed for check in checks)
    came_to = DestinationStatus.VERIFIED if passed else DestinationStatus.FAILED
    return {
        "status": (DestinationStatus.VERIFYING if finished is None else came_to).value,
        "startedAt": started.isoformat(),
        "finishedAt": None if finished is None else finished.isoformat(),
        "checks": [asdict(check) for check in checks],
    }
