"""`destinationVerify`, and what failed checks are to a caller."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Check, DestinationDefinition
from gateway import workspace
from gateway.facts.pasting import filled
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import log, misfits
from gateway.graphql.destinations.types import DestinationPayload, payload, refused
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import ProviderError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.pipeline import verification
from gateway.workspace import Role

_RETRYABLE = (None, *verification.UNSAID)
_CREDENTIALS = "credentials"


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Check a destination's settings with its provider. If all is well it is VERIFIED, and what was held "
        "for that goes out; if not, `errors` and `lastVerification` say what to mend. What people wrote in the last 24 hours is heard, too, for "
        "six seconds before anything goes out; a job (INBOUND_IMPORT) goes on with the rest."
    )
    async def destination_verify(self, info: Info, given: Annotated[IdInput, INPUT]) -> DestinationPayload:
        context = info.context
        context.require(Role.ADMIN, "Verifying a destination")
        destination = context.destination(given.id)
        if destination is None:
            return refused(context, context.viewer.space, [not_found("destination", "id")])
        context.definition(destination.definition)
        return await verified(context, destination.id)


async def verified(context: Context, destination_id: str) -> DestinationPayload:
    """Run the checks of a destination; what it is then, and each check that failed."""

    def also(database: Database, before: workspace.Destination, after: workspace.Destination) -> None:
        if after.status is not before.status:
            log.record(context, database, "destinationVerify", before, after)

    try:
        destination = await verification.verify(context.services, destination_id, also, misfits.check_of)
    except verification.ChangedMeanwhile:
        await context.changed()
        message = "It was changed while it was checked, so that nothing is known of what it is now. Verify it again."
        wrong = input_error(ErrorCode.VERSION_CONFLICT, message, "id")
        return refused(context, context.viewer.space, [wrong])
    await context.changed()
    run = destination.verification or {}
    stored = [Check(**check) for check in run.get("checks", ())]
    return payload(context, destination, failures(stored, "id", destination))


def failures(
    checks: Sequence[Check],
    path: str,
    destination: workspace.Destination,
    kept: str = "The settings were kept.",
) -> list[UserError]:
    """Each check of a destination that failed, as a provider's refusal of what is at that path. `kept` is what was kept all the same."""
    return [
        _failure(replace(one, remedy=filled(one.remedy, destination)) if one.remedy else one, path, kept)
        for one in checks
        if not one.passed
    ]


def unfit(
    definition: DestinationDefinition, destination: workspace.Destination, path: str
) -> list[UserError]:
    """Why nothing can be changed of a destination whose stored settings no longer fit its type, and what mends them; none where they fit."""
    error = misfits.misfit(definition, destination)
    if error is None:
        return []
    check = misfits.check_of(definition, destination, error)
    return failures([check], path, destination, "Nothing was changed.")


def _failure(check: Check, path: str, kept: str) -> ProviderError:
    code = check.code
    return ProviderError(
        message=f"{check.message or f'The check `{check.name}` failed.'} {kept}",
        code=_code_of(check),
        path=[path],
        provider_code=check.provider_code,
        remedy=check.remedy,
        retryable=code in _RETRYABLE,
    )


def _code_of(check: Check) -> ErrorCode:
    """Every refusal of credentials is one, whatever more its own code says."""
    known = ErrorCode.__members__.get(check.code or "")
    if known is None and check.name == _CREDENTIALS and check.code not in _RETRYABLE:
        return ErrorCode.CREDENTIALS_REJECTED
    return known or ErrorCode.PROVIDER_ERROR
