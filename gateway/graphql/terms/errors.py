"""Two kinds of going wrong: what can be expected is a value in a payload's `errors`, the rest is GraphQL's own.

Refused          raised by a resolver: the whole field is refused, with a code and words for the caller
UserError        what can be expected to fail, one per problem (GraphQL interface)
├── InputError       the input is wrong at `path`
├── ConflictError    somebody changed it since it was read
└── ProviderError    the provider refused
"""

import re
import traceback
from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import GraphQLError

from gateway import logging
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.graphql.terms.enums import ErrorCode
from gateway.storage.outages import is_zero_character

_log = logging.get("graphql")

UNAVAILABLE = "UNAVAILABLE"

# GraphQL's own messages repeat what they were given, and any of it may be a secret in the wrong place.
_REPEATED = (
    (re.compile(r"(?:, but encountered error|, found:).*", re.DOTALL), "."),
    (re.compile(r"(?<=\?) Found:.*", re.DOTALL), ""),
    (re.compile(r"(cannot represent [\w -]*value): .*", re.DOTALL), r"\1."),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "This value does not exist"),
    (re.compile(r"((?:Block)?String) ['\"].*", re.DOTALL), r"\1."),
)


class Refused(Exception):  # noqa: N818  it says what became of the request
    """Raised where a field can't be answered: no right to it, or an argument that makes no sense."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def bad_input(message: str) -> Refused:
    """A refusal of an argument outside of a mutation's input."""
    return Refused("BAD_USER_INPUT", message)


@strawberry.interface(description="What can be expected to go wrong; one per problem.")
class UserError:
    """See InputError, ConflictError and ProviderError."""

    message: str = strawberry.field(description="What is wrong and what to do, in words for a person.")
    code: ErrorCode = strawberry.field(description="What kind of problem it is.")
    path: list[str] = strawberry.field(
        description='What of the input it is about, such as `["settings", "region"]`; empty: all of it.'
    )


@strawberry.type(description="The input is wrong. Nothing was changed.")
class InputError(UserError):
    """One thing wrong with the input."""


@strawberry.type(
    description="Somebody changed it since. Nothing was changed: read it again, then try with currentRevision."
)
class ConflictError(UserError):
    """The revision that was expected is not the one it is at."""

    current_revision: int = strawberry.field(description="The revision it is at now.")


@strawberry.type(description="The provider refused, or did not answer.")
class ProviderError(UserError):
    """One thing the provider would not do."""

    provider_code: str | None = strawberry.field(description="The provider's own code, where it gave one.")
    remedy: str | None = strawberry.field(description="What to do about it.")
    retryable: bool = strawberry.field(description="Whether the same may succeed later.")


def input_error(code: ErrorCode, message: str, *path: str) -> InputError:
    """One thing wrong with the input at that path."""
    return InputError(message=message, code=code, path=list(path))


def not_found(what: str, *path: str) -> InputError:
    """There is no such thing, or none that this token may see."""
    return input_error(ErrorCode.NOT_FOUND, f"There is no {what} with this id. Nothing was changed.", *path)


def conflict(what: str, expected: int, current: int) -> ConflictError:
    """It is at another revision than the caller saw."""
    message = (
        f"This {what} was changed since: it is at revision {current}, not {expected}. Nothing was changed: read it "
        f"again, then try with expectedRevision: {current}."
    )
    return ConflictError(
        message=message, code=ErrorCode.VERSION_CONFLICT, path=["expectedRevision"], current_revision=current
    )


def of_request(code: str, message: str, request_id: str) -> dict[str, Any]:
    """A GraphQL error about the request as a whole."""
    return {"message": message, "extensions": {"code": code, "requestId": request_id}}


def formatted(
    errors: Sequence[GraphQLError], request_id: str, code: str = "BAD_USER_INPUT"
) -> list[dict[str, Any]]:
    """GraphQL's errors as the caller sees them: with a code and the request's id, values left out, bugs masked.

    `code` is for errors about the request; those of a field have their own.
    """
    return [_formatted(error, request_id, code) for error in errors]


def _formatted(error: GraphQLError, request_id: str, code: str) -> dict[str, Any]:
    code, message = _meaning(error, request_id, code)
    shown: dict[str, Any] = {"message": message}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        shown["path"] = error.path
    return {**shown, "extensions": {"code": code, "requestId": request_id}}


def _meaning(error: GraphQLError, request_id: str, code: str) -> tuple[str, str]:
    if isinstance(error.original_error, Refused):
        return error.original_error.code, str(error.original_error)
    if error.path is None:
        return code, _without_values(error.message)
    return meaning_of(error.original_error or error, request_id, path=error.path)


def meaning_of(fault: Exception, request_id: str, **where: Any) -> tuple[str, str]:
    """(code, message) for the caller of what went wrong in the server. The fault itself is for the log alone."""
    if isinstance(fault, StoreBusy | StoreUnavailable):
        _log.error("A GraphQL request failed at the store", request_id=request_id, error=str(fault), **where)
        return UNAVAILABLE, "The store did not answer. Nothing was changed by this: try again in a moment."
    if is_zero_character(fault):
        return "BAD_USER_INPUT", "A text has the character U+0000. Nothing was changed by this: leave it out."
    # As text: whatever the logger is set to, the values of local variables stay out of it.
    trace = "".join(traceback.format_exception(fault))
    _log.error("A GraphQL request failed", request_id=request_id, traceback=trace, **where)
    message = f"This is a fault of the server, not of the query. It was logged under request id {request_id}."
    return "INTERNAL_SERVER_ERROR", message


def _without_values(message: str) -> str:
    for repeated, instead in _REPEATED:
        message = repeated.sub(instead, message)
    return message
