"""Telling an owner again, and trying whether its webhook works."""

import random
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit
from gateway.graphql.context import Info
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import ProviderError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import SENT_ONCE, once
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.graphql.webhook_deliveries.types import WebhookDelivery, WebhookDeliveryPayload, seen
from gateway.jobs import Job, JobKind
from gateway.pipeline import owner_calls, rests
from gateway.storage import webhook_deliveries as stored
from gateway.storage.webhook_deliveries import WebhookDelivery as Kept
from gateway.workspace import Role


@strawberry.input(description="Whose webhook to test.")
class WebhookTestInput:
    """See webhookTest."""

    id: strawberry.ID = strawberry.field(description="The destination.")
    idempotency_key: str = strawberry.field(description=SENT_ONCE)


def _refused(*errors: UserError) -> WebhookDeliveryPayload:
    return WebhookDeliveryPayload(webhook_delivery=None, errors=list(errors))


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Tell an owner again what was given up, or what arrived and got lost there: under the same id, and for another 24 hours."
    )
    async def webhook_delivery_replay(
        self, info: Info, given: Annotated[IdInput, INPUT]
    ) -> WebhookDeliveryPayload:
        context = info.context
        context.require(Role.OPERATOR, "Replaying a webhook delivery")
        services = context.services

        def change(database: Database) -> Kept | UserError | None:
            found = stored.get(database, given.id, for_update=True)
            if found is None or not context.viewer.sees(found.space):
                return not_found("webhook delivery", "id")
            if not found.dead and found.delivered_at is None:
                message = "It is under way still: see nextAttemptAt. Nothing was changed."
                return input_error(ErrorCode.IN_USE, message, "id")
            stored.replay(database, found, services.clock.now())
            told = audit.changes({"dead": found.dead}, {"dead": False})
            context.record(database, "webhookDeliveryReplay", found.id, told, space=found.space)
            return stored.get(database, given.id)

        done = await services.store.write(change)
        if not isinstance(done, Kept):
            return _refused(*([] if done is None else [done]))
        services.shared.wakeups.ring(JobKind.WEBHOOK)
        return WebhookDeliveryPayload(webhook_delivery=WebhookDelivery.of(context, done), errors=[])

    @resolved(
        "Send a sample to a destination's webhookUrl, once, signed as everything is that goes there, and show what came back: in the "
        "format EVENTS a `webhook.test`, else a call as the provider would make it."
    )
    async def webhook_test(
        self, info: Info, given: Annotated[WebhookTestInput, INPUT]
    ) -> WebhookDeliveryPayload:
        context = info.context
        context.require(Role.OPERATOR, "Testing a webhook")
        destination = context.destination(given.id)
        if destination is None:
            return _refused(not_found("destination", "id"))
        owner = owner_calls.owner_of(context.services, context.snapshot, destination.id)
        if isinstance(owner, str):
            return _refused(input_error(ErrorCode.INVALID, owner, "id"))
        sample = owner_calls.sample(owner, destination, context.services.clock.now())
        call = owner_calls.call_of(owner, sample, sample.created_at)
        if isinstance(call, str):
            return _refused(input_error(ErrorCode.INVALID, call, "id"))
        services = context.services

        job: Job | None = None

        def create(database: Database) -> str | UserError:
            nonlocal job
            job = stored.add_held(database, sample, sample.created_at)
            told = audit.changes({}, {"webhookDelivery": sample.id})
            context.record(database, "webhookTest", destination.id, told, space=destination.space)
            return sample.id

        same = {"id": destination.id}
        made = await once(services, destination.space, "webhookTest", given.idempotency_key, same, create)
        if made.id is None:
            return _refused(*made.errors)
        if made.new and job is not None:
            answer = await services.receivers.post(call.url, call.headers, call.body)
            now = services.clock.now()
            came = owner_calls.outcome(sample, job, call.url, answer, now, random.uniform)
            rests.tell(await services.store.write(lambda c: rests.record(c, [came], now)))
        return _answered(await seen(context, made.id))


def _answered(shown: WebhookDelivery | None) -> WebhookDeliveryPayload:
    if shown is None:  # forgotten since
        return _refused(not_found("webhook delivery", "idempotencyKey"))
    if shown.delivered_at is not None or shown.attempts == 0:
        return WebhookDeliveryPayload(webhook_delivery=shown, errors=[])
    error = ProviderError(
        message=f"The receiver did not take it. {shown.last_answer} Nothing else was sent.",
        code=ErrorCode.PROVIDER_ERROR,
        path=["id"],
        provider_code=None,
        remedy="Mend the receiver or webhookUrl, and test again with another idempotencyKey.",
        retryable=True,
    )
    return WebhookDeliveryPayload(webhook_delivery=shown, errors=[error])
