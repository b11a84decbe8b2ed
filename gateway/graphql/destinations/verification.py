"""`destinationVerify`."""

from typing import Annotated

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.destinations.types import (
    DestinationPayload,
    Verification,
    VerificationCheck,
    payload,
    refused,
)
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import ProviderError, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.pipeline import verification
from gateway.workspace import Role

_RETRYABLE = (None, "UNREACHABLE")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Check a destination's settings with its provider. If all is well it is VERIFIED, and what was held "
        "for that goes out; if not, `errors` and `lastVerification` say what to mend."
    )
    async def destination_verify(self, info: Info, given: Annotated[IdInput, INPUT]) -> DestinationPayload:
        context = info.context
        context.require(Role.ADMIN, "Verifying a destination")
        destination = context.destination(given.id)
        if destination is None:
            return refused(context, context.viewer.space, [not_found("destination", "id")])
        context.definition(destination.definition)
        verified = await verification.verify(context.services, destination.id)
        await context.changed()
        checks = Verification.of(verified.verification).checks
        return payload(context, verified, [_failure(check) for check in checks if not check.passed])


def _failure(check: VerificationCheck) -> ProviderError:
    code = check.code
    return ProviderError(
        message=check.message or f"The check `{check.name}` failed. The settings were kept.",
        code=ErrorCode.__members__.get(code or "", ErrorCode.PROVIDER_ERROR),
        path=["id"],
        provider_code=code if code is not None and code.isdigit() else None,
        remedy=check.remedy,
        retryable=code in _RETRYABLE,
    )
