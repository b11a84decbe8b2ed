"""A mutation that is repeated with its key does nothing twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway import ids
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error
from gateway.services import Services
from gateway.storage import tokens

LONGEST = 255


@dataclass(frozen=True, slots=True)
class Made:
    """The id of what was made or changed, now or by an earlier call; or what was wrong, and then nothing was done."""

    id: str | None
    new: bool = False
    errors: tuple[UserError, ...] = ()


Create = Callable[[Connection], str | UserError]


async def once(
    services: Services, space: str, operation: str, key: str | None, given: Mapping[str, Any], create: Create
) -> Made:
    """Run `create` (which returns the id it made or changed, or what is wrong) in one transaction, once per key.

    The same key with the same input gives the first call's id; with another input, IDEMPOTENCY_MISMATCH.
    """
    if key is not None and not 1 <= len(key) <= LONGEST:
        message = f"An idempotency key has 1 to {LONGEST} characters. Nothing was made."
        return Made(None, errors=(input_error(ErrorCode.INVALID, message, "idempotencyKey"),))
    # One key at a time, in one order, so that equal inputs have equal hashes. It has secrets in it: kept hashed.
    input_hash = ids.digest(msgspec.json.encode(given, order="deterministic").decode())

    def change(connection: Connection) -> Made:
        if key is not None:
            # Before anything else is looked at: of two calls in the same moment the second sees what the first made.
            now = services.clock.now()
            known = tokens.claim(connection, space, operation, key, input_hash=input_hash, now=now)
            if known is not None:
                return Made(known[1]) if known[0] == input_hash else _mismatch()
        made = create(connection)
        if isinstance(made, UserError):
            if key is not None:
                tokens.forget(connection, space, operation, key)
            return Made(None, errors=(made,))
        if key is not None:
            tokens.remember(connection, space, operation, key, made)
        return Made(made, new=True)

    return await services.store.write(change)


def _mismatch() -> Made:
    message = (
        "This idempotency key was used before with another input. Nothing was made: repeat the call with the input "
        "it had, or take a new key."
    )
    return Made(None, errors=(input_error(ErrorCode.IDEMPOTENCY_MISMATCH, message, "idempotencyKey"),))
