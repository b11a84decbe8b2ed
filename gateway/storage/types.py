"""How times and JSON are kept, the same on every engine."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_number(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - EPOCH) // _MICROSECOND


def to_time(number: int) -> datetime:
    """The time that `to_number` was given."""
    return EPOCH + timedelta(microseconds=number)


class Timestamp(TypeDecorator[datetime]):
    """A UTC time as whole microseconds since 1970: it sorts, and keeps what a cursor needs."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's signature
        return None if value is None else to_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        return None if value is None else to_time(value)


class FreeText(TypeDecorator[str]):
    """Text from outside without U+0000, which PostgreSQL refuses in a text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        return None if value is None else value.replace("\x00", "")


class Json(TypeDecorator[Any]):
    """JSON as text: U+0000 stays escaped, which PostgreSQL's own JSON types would refuse."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        return None if value is None else msgspec.json.decode(value)
