"""Sending again, or not at all: replays of Deliveries, and canceling one."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit, deliveries
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries import filters as delivery_lists
from gateway.graphql.deliveries.filters import DeliveryFilterInput
from gateway.graphql.deliveries.types import Delivery, seen
from gateway.graphql.jobs import types as background_jobs
from gateway.graphql.jobs.types import Job
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import SENT_ONCE, Made, once
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.jobs import JobKind
from gateway.pipeline import settle
from gateway.pipeline.cancel import cancel
from gateway.pipeline.replays import Asked, Obstacle, Refusal, replay
from gateway.pipeline.settle import Reached
from gateway.storage import background_jobs as stored_jobs, deliveries as stored, replays
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.workspace import Role

UNLESS_NAMED = (DeliveryStatus.REJECTED, DeliveryStatus.EXPIRED, DeliveryStatus.SUPPRESSED)
"""What is replayed where the filter names no status."""

MOST = 100_000
"""How many Deliveries one job replays: they are noted in one transaction, so that what is replayed is what was counted."""

_CODES: Mapping[Obstacle, ErrorCode] = {
    Obstacle.GONE: ErrorCode.NOT_FOUND,
    Obstacle.UNDER_WAY: ErrorCode.IN_USE,
    Obstacle.SENT: ErrorCode.INVALID,
    Obstacle.TEST: ErrorCode.INVALID,
    Obstacle.DISABLED: ErrorCode.INVALID,
    Obstacle.QUESTION: ErrorCode.INVALID,
    Obstacle.SHADOW: ErrorCode.INVALID,
    Obstacle.COPY: ErrorCode.INVALID,
    Obstacle.FAILURE: ErrorCode.INVALID,
}


@strawberry.input(description="Which delivery to replay.")
class DeliveryReplayInput:
    """See deliveryReplay."""

    id: strawberry.ID = strawberry.field(description="The id of the delivery.")
    idempotency_key: str = strawberry.field(description=SENT_ONCE)
    include_accepted: bool | None = strawberry.field(
        default=False,
        description="Replay it even where the provider accepted a message of it, or nobody knows: takes an ADMIN.",
    )


@strawberry.input(
    description="Which deliveries to replay. Rejected, expired and suppressed ones unless the filter names others; accepted ones take "
    "an ADMIN and the exact count."
)
class DeliveriesReplayInput:
    """See deliveriesReplay."""

    filter: DeliveryFilterInput = strawberry.field(description="Which ones, of the token's space.")
    expected_count: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many they must be, as a dryRun counted them; if they are not, nothing is replayed.",
    )
    idempotency_key: str = strawberry.field(description=SENT_ONCE)
    dry_run: bool | None = strawberry.field(
        default=False, description="Only count them. The key is not used up by that."
    )


@strawberry.type(description="A delivery that was made or changed, or what was wrong.")
class DeliveryPayload:
    """Of every mutation about one delivery."""

    delivery: Delivery | None = strawberry.field(
        description="The replay or the test as it was made, or the canceled delivery as it is now; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


@strawberry.type(
    description="A job of deliveriesReplay or consentImport, which does in the background what was asked for, or what was wrong."
)
class ReplayPayload:
    """Of deliveriesReplay and consentImport."""

    job: Job | None = strawberry.field(
        description="The job that replays the deliveries or imports the consent; null in a dry run of deliveriesReplay, which makes none, and "
        "where nothing is done."
    )
    matching: int | None = strawberry.field(
        description="Of deliveriesReplay: how many deliveries a replay would be made of, or is; null where they were not counted. Null of "
        "consentImport, whose job counts its rows."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Send a delivery again that was not sent: a new delivery of the same event, mapping and person, with `replayOf`. It passes every "
        "gate but that of the event's age, and uses the mapping as it is then. One that is under way is not replayed, and one of which "
        "there may be a message only with `includeAccepted`; that is asked of all replays of it, too. The same key gives the same replay."
    )
    async def delivery_replay(
        self, info: Info, given: Annotated[DeliveryReplayInput, INPUT]
    ) -> DeliveryPayload:
        context = info.context
        context.require(Role.OPERATOR, "Replaying a delivery")
        services, snapshot = context.services, context.snapshot
        original = await seen(context, given.id)
        if original is None:
            return DeliveryPayload(delivery=None, errors=[not_found("delivery", "id")])
        include = bool(given.include_accepted)
        asked = Asked(given.idempotency_key, include and context.viewer.may(Role.ADMIN))

        new: list[Reached] = []

        def create(database: Database) -> deliveries.Delivery | UserError:
            now = services.clock.now()
            [made], new[:] = replay(database, snapshot, [given.id], asked, now)
            if not isinstance(made, str):
                return _error(context, made, include=include)
            if new:  # not one that this key made before, long ago
                told = audit.changes({}, {"replay": made, "includeAccepted": include})
                context.record(database, "deliveryReplay", given.id, told, space=space)
            return stored.get(database, made) or gone("replay", made)

        space, input_ = original.value.space, {"id": given.id, "includeAccepted": include}
        made = await once(
            services, space, "deliveryReplay", given.idempotency_key, input_, create, deliveries.Delivery
        )
        if made.id is None:
            return DeliveryPayload(delivery=None, errors=[*made.errors])
        settle.tell(services, new)
        services.shared.wakeups.ring(JobKind.DELIVER)
        return await answered(context, made, "replay", made.id)

    @resolved(
        "Replay many deliveries: those that pass the filter and that deliveryReplay would take, the oldest first, in the background. "
        "Of several replays of the same the last one is counted. Those that nobody knows of whether they were sent (EXPIRED in doubt) count "
        "as accepted: they are taken where the filter names ACCEPTED too. What passes at the time of the call is taken, and at most "
        "100,000 at once."
    )
    async def deliveries_replay(
        self, info: Info, given: Annotated[DeliveriesReplayInput, INPUT]
    ) -> ReplayPayload:
        context = info.context
        context.require(Role.OPERATOR, "Replaying deliveries")
        services, space = context.services, context.viewer.space
        wanted = delivery_lists.wanted(context, given.filter, space)
        wanted = replace(wanted, status=tuple(wanted.status or UNLESS_NAMED))
        include = DeliveryStatus.ACCEPTED in wanted.status
        problem = _check_status(wanted)
        if problem is not None:
            return ReplayPayload(job=None, matching=None, errors=[problem])
        if given.dry_run:
            counted = await services.store.read(
                lambda c: replays.count(c, space, wanted, include_accepted=include)
            )
            return ReplayPayload(job=None, matching=counted, errors=[])
        if include and not context.viewer.may(Role.ADMIN):
            return ReplayPayload(job=None, matching=None, errors=[_takes_admin(context, "filter", "status")])
        expected = given.expected_count if isinstance(given.expected_count, int) else None
        counts: list[int] = []

        def create(database: Database) -> BackgroundJob | UserError:
            job = _new_job(context, space, given.idempotency_key, include=include)
            total = replays.add(database, job.id, space, wanted, include_accepted=include, most=MOST + 1)
            counts[:] = [total]
            wrong = _check_count(total, expected, include=include)
            if wrong is not None:
                replays.drop(database, job.id)
                return wrong
            job = replace(job, total=total)
            stored_jobs.add(database, job)
            told = audit.changes({}, {"total": total, "status": [one.value for one in wanted.status]})
            context.record(database, "deliveriesReplay", job.id, told, space=space)
            return job

        input_ = {"filter": asdict(wanted), "expectedCount": expected}
        made = await once(
            services, space, "deliveriesReplay", given.idempotency_key, input_, create, BackgroundJob
        )
        if made.id is None:
            counted_now = counts[0] if counts and counts[0] <= MOST else None
            return ReplayPayload(job=None, matching=counted_now, errors=[*made.errors])
        found = (
            Job.of(context.viewer, made.value) if made.value else await background_jobs.seen(context, made.id)
        )
        return ReplayPayload(job=found, matching=None if found is None else found.total, errors=[])

    @resolved(
        "Cancel a delivery that is PENDING, HELD or RETRYING: nothing of it is sent. One whose request is under way, or whose fate is not "
        "known, can't be canceled."
    )
    async def delivery_cancel(self, info: Info, given: Annotated[IdInput, INPUT]) -> DeliveryPayload:
        context = info.context
        context.require(Role.OPERATOR, "Canceling a delivery")
        services, name = context.services, context.viewer.name
        if await seen(context, given.id) is None:
            return DeliveryPayload(delivery=None, errors=[not_found("delivery", "id")])
        stood: list[deliveries.Delivery | None] = []

        def change(database: Database) -> list[Reached]:
            before = stored.get(database, given.id)
            reached = cancel(database, given.id, name, services.clock.now())
            now = stored.get(database, given.id)
            stood[:] = [now]
            if reached and before is not None and now is not None:
                told = audit.changes({"status": before.status}, {"status": now.status})
                context.record(database, "deliveryCancel", given.id, told, space=now.space)
            return reached

        reached = await settle.settle(services, change)
        now = stood[0]
        if now is None:
            return DeliveryPayload(delivery=None, errors=[not_found("delivery", "id")])
        if not reached:
            return DeliveryPayload(delivery=None, errors=[_not_canceled(now)])
        return DeliveryPayload(delivery=Delivery.of(context.viewer, now), errors=[])


async def answered(
    context: Context, made: Made[deliveries.Delivery], what: str, delivery_id: str
) -> DeliveryPayload:
    """What the first call under a key was answered; or that its Delivery is gone."""
    found = await seen(context, delivery_id)
    if found is None:
        return DeliveryPayload(delivery=None, errors=[gone(what, delivery_id)])
    return DeliveryPayload(
        delivery=found if made.value is None else Delivery.of(context.viewer, made.value), errors=[]
    )


def gone(what: str, delivery_id: str) -> UserError:
    """What that key made is there no more, and is not made anew."""
    message = f"The {what} under this key, {delivery_id}, was removed for its age. Nothing was sent: take a new key."
    return input_error(ErrorCode.NOT_FOUND, message, "idempotencyKey")


def _error(context: Context, refusal: Refusal, *, include: bool) -> UserError:
    if refusal.obstacle is not Obstacle.SENT:
        return input_error(_CODES[refusal.obstacle], refusal.message, "id")
    if include:
        return _takes_admin(context, "includeAccepted")
    return input_error(ErrorCode.INVALID, refusal.message, "includeAccepted")


def _takes_admin(context: Context, *path: str) -> UserError:
    message = (
        "Sending again what was accepted, or what nobody knows of, takes the role ADMIN; this token has "
        f"{context.viewer.role.value}. Nothing was replayed."
    )
    return input_error(ErrorCode.FORBIDDEN, message, *path)


def _check_status(wanted: DeliveryFilter) -> UserError | None:
    under_way = [status.value for status in wanted.status if not status.final]
    if not under_way:
        return None
    message = (
        f"What is {', '.join(under_way)} is under way, and can't be replayed. Nothing was replayed: name final statuses, such as "
        "REJECTED, or leave `status` out."
    )
    return input_error(ErrorCode.INVALID, message, "filter", "status")


def _check_count(total: int, expected: int | None, *, include: bool) -> UserError | None:
    if total > MOST:
        message = f"The filter matches more than {MOST} deliveries, the most that are replayed at once. Nothing was replayed: add createdAt."
        return input_error(ErrorCode.INVALID, message, "filter")
    if include and expected is None:
        message = f"Accepted ones are replayed only with their exact count. Nothing was replayed: say expectedCount: {total}."
        return input_error(ErrorCode.REQUIRED, message, "expectedCount")
    if expected is not None and expected != total:
        message = f"The filter matches {total} deliveries, not {expected}. Nothing was replayed: look at them, then say expectedCount: {total}."
        return input_error(ErrorCode.INVALID, message, "expectedCount")
    return None


def _new_job(context: Context, space: str, key: str, *, include: bool) -> BackgroundJob:
    return BackgroundJob.begun(
        stored_jobs.new_id(),
        space,
        BackgroundKind.REPLAY,
        context.services.clock.now(),
        replay_key=key,
        include_accepted=include,
    )


def _not_canceled(one: deliveries.Delivery) -> UserError:
    """Why it can't be canceled any more."""
    if one.status in UNSENT:
        why = "It was changed at this very moment: try again."
    elif one.status is DeliveryStatus.SENDING:
        why = "Its request is under way and can't be taken back."
    elif one.status is DeliveryStatus.UNCERTAIN:
        why = "Its request left, and nobody knows yet whether there is a message: it is looked up, and settled within minutes."
    else:
        why = "It is final: nothing more will be sent for it."
    message = f"The delivery {one.id} is {one.status.value}. {why} Nothing was changed."
    return input_error(ErrorCode.INVALID, message, "id")
