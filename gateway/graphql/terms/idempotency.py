"""A mutation that is repeated with its key does nothing twice, and is answered what it was answered first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

import msgspec
from sqlalchemy import Connection

from gateway import ids
from gateway.errors import StartupError
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error
from gateway.secrets import Secrets
from gateway.services import Services
from gateway.storage import idempotency
from gateway.storage.idempotency import Earlier

T = TypeVar("T")

LONGEST = 255

KEY = (
    "Any text of yours, of 1 to 255 characters. For 24 hours the same key and input again make nothing new, and are answered what "
    "was answered first, secrets left out; with another input the key is refused."
)
"""What is said of a key that may be given."""

SENT_ONCE = (
    "Yours, of 1 to 255 characters: with the same key nothing is sent twice, however often you ask. For 24 hours you are answered what "
    "was answered first; ask for its id to see it as it is now."
)
"""What is said of a key that must be given."""


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """The id of what was made or changed, now or by an earlier call; or what was wrong, and then nothing was done.

    `value` is that as the first call left it, where it was `kept_as` one and can still be read.
    """

    id: str | None
    new: bool = False
    errors: tuple[UserError, ...] = ()
    value: T | None = None


def key_of(given: str | None) -> str | None:
    """The key that an input gave, if any. A blank one counts, and is refused: whoever gave it counts on being heard once."""
    return given if isinstance(given, str) else None


@overload
async def once(
    services: Services,
    space: str,
    operation: str,
    key: str | None,
    given: Mapping[str, Any],
    create: Callable[[Connection], str | UserError],
) -> Made[Any]: ...
@overload
async def once(
    services: Services,
    space: str,
    operation: str,
    key: str | None,
    given: Mapping[str, Any],
    create: Callable[[Connection], T | UserError],
    kept_as: type[T],
) -> Made[T]: ...
async def once(
    services: Services,
    space: str,
    operation: str,
    key: str | None,
    given: Mapping[str, Any],
    create: Callable[[Connection], Any],
    kept_as: type[Any] | None = None,
) -> Made[Any]:
    """Run `create` (which returns what is wrong, or what it made or changed) in one transaction, once per key and 24 hours.

    The same key with the same input gives what the first call did; with another input, IDEMPOTENCY_MISMATCH. `create` returns an id;
    or, with `kept_as`, a value of that kind which has one: it is stored, encrypted, and answers the repetitions. What must not be
    stored, such as a write key, is no part of such a value.
    """
    if key is not None and not 1 <= len(key) <= LONGEST:
        message = f"An idempotency key has 1 to {LONGEST} characters. Nothing was done: take such a one."
        return Made(None, errors=(input_error(ErrorCode.INVALID, message, "idempotencyKey"),))
    # One key at a time, in one order, so that equal inputs have equal hashes. It has secrets in it: kept hashed.
    input_hash = ids.digest(msgspec.json.encode(given, order="deterministic").decode())

    def change(connection: Connection) -> Made[Any]:
        if key is not None:
            # Before anything else is looked at: of two calls in the same moment the second sees what the first made.
            now = services.clock.now()
            known = idempotency.claim(connection, space, operation, key, input_hash=input_hash, now=now)
            if known is not None:
                return _repeated(services.secrets, known, input_hash, kept_as)
        made = create(connection)
        if isinstance(made, UserError):
            if key is not None:
                idempotency.forget(connection, space, operation, key)
            return Made(None, errors=(made,))
        made_id, value = (made, None) if kept_as is None else (made.id, made)
        if key is not None:
            answer = None if value is None else services.secrets.encrypt(msgspec.json.encode(value).decode())
            idempotency.remember(connection, space, operation, key, made_id, answer)
        return Made(made_id, new=True, value=value)

    return await services.store.write(change)


def _repeated(secrets: Secrets, known: Earlier, input_hash: str, kept_as: type[Any] | None) -> Made[Any]:
    if known.input_hash != input_hash:
        message = (
            "This idempotency key was used before with another input. Nothing was made: repeat the call with the input it had, or take "
            "a new key."
        )
        return Made(None, errors=(input_error(ErrorCode.IDEMPOTENCY_MISMATCH, message, "idempotencyKey"),))
    if kept_as is None or known.answer is None:
        return Made(known.result_id)
    try:
        value = msgspec.json.decode(secrets.decrypt(known.answer), type=kept_as)
    except (
        msgspec.DecodeError,
        StartupError,
    ):  # of an earlier version, or under a key that is gone: shown as it is now
        value = None
    return Made(known.result_id, value=value)
