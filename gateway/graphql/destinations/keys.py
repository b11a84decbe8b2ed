"""`destinationKeyAdd`, `-Promote` and `-Remove`, and the same of auth tokens: see rotation.py."""

from typing import Annotated

import strawberry
from pydantic import SecretStr

from gateway import ids
from gateway.graphql.context import Info
from gateway.graphql.destinations import rotation
from gateway.graphql.destinations.rotation import KEY, TOKEN
from gateway.graphql.destinations.types import DestinationPayload, refused
from gateway.graphql.terms.errors import InputError
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import key_of
from gateway.graphql.terms.inputs import INPUT, check_name

_ONCE = "Any text of yours: the same key and input again add nothing a second time."
_REVISION = "The revision it was read at."
_LABEL = "A name for people, such as where it is used."


@strawberry.input(description="A second API key for the account of a destination.")
class DestinationKeyAddInput:
    """See destinationKeyAdd."""

    id: strawberry.ID = strawberry.field(description="The destination that is to have it.")
    expected_revision: int = strawberry.field(description=_REVISION)
    api_key_sid: str = strawberry.field(description="The SID of the key, its public part.")
    api_key_secret: SecretStr = strawberry.field(description="The secret that belongs to the SID.")
    label: str | None = strawberry.field(default=strawberry.UNSET, description=_LABEL)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_ONCE)


@strawberry.input(description="An API key that the account of a destination has.")
class DestinationKeyInput:
    """See destinationKeyPromote and destinationKeyRemove."""

    id: strawberry.ID = strawberry.field(description="The destination that has it.")
    expected_revision: int = strawberry.field(description=_REVISION)
    api_key_sid: str = strawberry.field(description="The SID of the key, its public part.")


@strawberry.input(description="A second auth token for the account of a destination.")
class DestinationAuthTokenAddInput:
    """See destinationAuthTokenAdd."""

    id: strawberry.ID = strawberry.field(description="The destination that is to have it.")
    expected_revision: int = strawberry.field(description=_REVISION)
    auth_token: SecretStr = strawberry.field(description="The token that the provider will sign with.")
    label: str | None = strawberry.field(default=strawberry.UNSET, description=_LABEL)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_ONCE)


@strawberry.input(description="An auth token that the account of a destination has.")
class DestinationAuthTokenInput:
    """See destinationAuthTokenPromote and destinationAuthTokenRemove."""

    id: strawberry.ID = strawberry.field(description="The destination that has it.")
    expected_revision: int = strawberry.field(description=_REVISION)
    auth_token_id: strawberry.ID = strawberry.field(
        description="The id of the token, as `authTokens` shows it."
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Add an API key as STANDBY, beside the ACTIVE one: the first step of a rotation without a pause. The provider is asked "
        "whether it takes the key; where it does not, nothing is kept. Then destinationKeyPromote."
    )
    async def destination_key_add(
        self, info: Info, given: Annotated[DestinationKeyAddInput, INPUT]
    ) -> DestinationPayload:
        problems = _check_label(given.label)
        if problems:
            return refused(info.context, info.context.viewer.space, problems)
        new = {"sid": given.api_key_sid.strip(), "secret": given.api_key_secret, "label": given.label or None}
        return await rotation.add(
            info.context, KEY, given.id, given.expected_revision, key_of(given.idempotency_key), new
        )

    @resolved(
        "Make a STANDBY API key the ACTIVE one. The provider is asked once more, and a key that it refuses is FAILED. Requests "
        "are made with it from the next one on; those under way finish with the one before, which is STANDBY from then on. "
        "Where the old key was revoked too early, what was refused waits, and goes on by itself: the destination is verified again."
    )
    async def destination_key_promote(
        self, info: Info, given: Annotated[DestinationKeyInput, INPUT]
    ) -> DestinationPayload:
        return await rotation.promote(info.context, KEY, given.id, given.expected_revision, given.api_key_sid)

    @resolved(
        "Forget an API key that is not ACTIVE. Revoke it at the provider after this, not before: requests under way finish with it."
    )
    async def destination_key_remove(
        self, info: Info, given: Annotated[DestinationKeyInput, INPUT]
    ) -> DestinationPayload:
        return await rotation.remove(info.context, KEY, given.id, given.expected_revision, given.api_key_sid)

    @resolved(
        "Add an auth token as STANDBY, beside the ACTIVE one. The provider is asked whether it takes the token; where it does not, "
        "nothing is kept. From then on calls that are signed with either are true, so promote it here and at the provider in any order."
    )
    async def destination_auth_token_add(
        self, info: Info, given: Annotated[DestinationAuthTokenAddInput, INPUT]
    ) -> DestinationPayload:
        problems = _check_label(given.label)
        if problems:
            return refused(info.context, info.context.viewer.space, problems)
        new = {"id": ids.new("tok"), "secret": given.auth_token, "label": given.label or None}
        return await rotation.add(
            info.context, TOKEN, given.id, given.expected_revision, key_of(given.idempotency_key), new
        )

    @resolved(
        "Make a STANDBY auth token the ACTIVE one, which is used where requests are made with the token itself. Calls that are "
        "signed with the one before are true until it is removed."
    )
    async def destination_auth_token_promote(
        self, info: Info, given: Annotated[DestinationAuthTokenInput, INPUT]
    ) -> DestinationPayload:
        return await rotation.promote(
            info.context, TOKEN, given.id, given.expected_revision, given.auth_token_id
        )

    @resolved(
        "Forget an auth token that is not ACTIVE. From then on no call that is signed with it is believed."
    )
    async def destination_auth_token_remove(
        self, info: Info, given: Annotated[DestinationAuthTokenInput, INPUT]
    ) -> DestinationPayload:
        return await rotation.remove(
            info.context, TOKEN, given.id, given.expected_revision, given.auth_token_id
        )


def _check_label(label: str | None) -> list[InputError]:
    return check_name(label, "label") if label else []
