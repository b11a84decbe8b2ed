"""Making and revoking API tokens."""

from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit, ids, workspace
from gateway.auth import FIRST_ADMIN
from gateway.graphql.context import Context, Info
from gateway.graphql.terms.deletion import DeletePayload
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import KEY, key_of, once
from gateway.graphql.terms.inputs import INPUT, IdInput, check_name, check_space
from gateway.graphql.tokens.types import ApiToken, ApiTokenPayload
from gateway.storage import tokens as stored
from gateway.workspace import Role

_RESERVED = (FIRST_ADMIN, audit.COMMAND_LINE)


@strawberry.input(description="A token to make.")
class ApiTokenCreateInput:
    """See apiTokenCreate."""

    name: str = strawberry.field(
        description="What it is for, such as `Ann, read-only`; the audit log names it so."
    )
    role: Role = strawberry.field(description="What it may do.")
    space: str | None = strawberry.field(default="default", description="The one space that it acts in.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY)


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Make an API token, to give a colleague or a program the role that they need. The token is in this answer and never shown again."
    )
    async def api_token_create(
        self, info: Info, given: Annotated[ApiTokenCreateInput, INPUT]
    ) -> ApiTokenPayload:
        context, space = info.context, given.space or "default"
        context.require(Role.ADMIN, "Making a token")
        context.require_space(space)
        problems = [*_check(given.name), *check_space(space, "space")]
        if problems:
            return ApiTokenPayload(api_token=None, token=None, errors=[*problems])
        token, name, now = ids.secret("hgt"), given.name.strip(), context.services.clock.now()

        def create(database: Database) -> workspace.ApiToken | UserError:
            token_id = stored.add(database, name=name, role=given.role, space=space, token=token, now=now)
            made = workspace.ApiToken(token_id, space, name, given.role, token[-4:], now)
            told = {"name": name, "role": given.role, "token": token}
            context.record(
                database, "apiTokenCreate", made.id, audit.changes({}, told, secret=("token",)), space=space
            )
            return made

        services, key = context.services, key_of(given.idempotency_key)
        same = {"name": name, "role": given.role}
        made = await once(services, space, "apiTokenCreate", key, same, create, workspace.ApiToken)
        if made.id is None:
            return ApiTokenPayload(api_token=None, token=None, errors=[*made.errors])
        made_id = made.id
        there = await services.store.read(lambda c: stored.get(c, made_id))
        if there is None:  # made by an earlier call with this key, and revoked since
            return ApiTokenPayload(api_token=None, token=None, errors=[_revoked(made_id)])
        shown = ApiToken.of(context.viewer, made.value or there)
        return ApiTokenPayload(api_token=shown, token=token if made.new else None, errors=[])

    @resolved(
        "Revoke an API token: from the next request on it is answered as one that never was, and what it subscribed to ends. The last "
        "ADMIN token of a space is not revoked, unless HELIOGRAPH_ADMIN_TOKEN is set. That one itself is a setting: to end it, change the "
        "setting and restart."
    )
    async def api_token_revoke(self, info: Info, given: Annotated[IdInput, INPUT]) -> DeletePayload:
        context = info.context
        context.require(Role.ADMIN, "Revoking a token")

        def revoke(database: Database) -> UserError | None:
            return _revoke(context, database, given.id)

        wrong = await context.services.store.write(revoke)
        if wrong is not None:
            return DeletePayload(deleted_id=None, errors=[wrong])
        return DeletePayload(deleted_id=given.id, errors=[])


def _revoked(token_id: str) -> InputError:
    message = f"The token that was made under this key, {token_id}, was revoked since. Nothing was made: take a new key."
    return input_error(ErrorCode.NOT_FOUND, message, "idempotencyKey")


def _check(name: str) -> list[InputError]:
    if name.strip() in _RESERVED:
        message = f'The audit log names another one "{name.strip()}". Take another name.'
        return [input_error(ErrorCode.TAKEN, message, "name")]
    return check_name(name, "name")


def _revoke(context: Context, database: Database, token_id: str) -> UserError | None:
    token = stored.get(database, token_id)
    if token is None or not context.viewer.sees(token.space):
        return not_found("token", "id")
    if token.role is Role.ADMIN and not context.services.authenticator.has_admin_by_setting:
        admins = stored.admins(database, token.space)
        if admins == [token.id]:
            message = (
                f"{token.name} is the last ADMIN token of the space {token.space}: nobody could make another through this API. Nothing was "
                "changed. Make one with apiTokenCreate first, use it, then revoke this one."
            )
            return input_error(ErrorCode.IN_USE, message, "id")
    if not stored.remove(database, token.id):
        return not_found("token", "id")
    told = {"name": token.name, "role": token.role, "lastFour": token.last_four}
    context.record(database, "apiTokenRevoke", token.id, audit.changes(told, {}), space=token.space)
    return None
