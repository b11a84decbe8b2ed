"""The three scalars beside GraphQL's own: a time, JSON as it is, and a secret that only goes in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec
import strawberry
from graphql import GraphQLError
from pydantic import SecretStr
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

DEEPEST = 100

_encode = msgspec.json.Encoder().encode
_WITH_FRACTION = len('"2026-01-31T12:00:00.123456Z"')


def from_time(at: datetime) -> str:
    """The time in UTC to the millisecond, as `2026-01-31T12:00:00.000Z`."""
    # With six digits of the second or none, in a twentieth of the time that `isoformat` takes; a page shows a hundred.
    text = _encode(at if at.tzinfo is UTC else at.astimezone(UTC))
    return (
        f"{str(text[1:24], 'ascii')}Z" if len(text) == _WITH_FRACTION else f"{str(text[1:20], 'ascii')}.000Z"
    )


def to_time(text: Any) -> datetime:
    """The time, in UTC. Raises GraphQLError, without repeating the text, where it names no moment."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError("A DateTime is text such as 2026-01-31T12:00:00Z (RFC 3339).") from None
    if at.tzinfo is None:
        raise GraphQLError("A DateTime needs its offset: end it with Z, or with one such as +02:00.")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise GraphQLError("A DateTime lies in the years 1 to 9999, in UTC.") from None


def _to_json(value: Any) -> Any:
    """The value, where it is no deeper than anything that reads it later can follow."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise GraphQLError(f"A JSON value is nested in at most {DEEPEST} levels.")
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level = inner
    return value


def _to_secret(text: Any) -> SecretStr:
    if not isinstance(text, str):
        raise GraphQLError("A Secret is text.")
    return SecretStr(text)


def _never_shown(_value: Any) -> NoReturn:
    raise TypeError("A Secret was about to be shown")


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 writes it, such as `2026-01-31T12:00:00.000Z`. Answers are in UTC; "
        "an input needs an offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=from_time,
        parse_value=to_time,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value, as it is: an object, a list, text, a number, true, false or null.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=_to_json,
    ),
    SecretStr: strawberry.scalar(
        name="Secret",
        description="Write-only text: an input that no field ever returns.",
        serialize=_never_shown,
        parse_value=_to_secret,
    ),
}
