"""How times and JSON are kept, the same on every engine."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ARRAY, BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def to_number(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - EPOCH) // _MICROSECOND


def to_time(number: int) -> datetime:
    """The time that `to_number` was given."""
    return EPOCH + timedelta(microseconds=number)


# A value passes one function and no other: SQLAlchemy's own way, by a method of the type, takes it through two more.


def _number_of(at: datetime | None) -> int | None:
    return None if at is None else (at - EPOCH) // _MICROSECOND


def _time_of(number: int | None) -> datetime | None:
    return None if number is None else EPOCH + timedelta(microseconds=number)


def _storable(words: str | None) -> str | None:
    return None if words is None else words.replace("\x00", "")


def _encoded(value: Any) -> str | None:
    return None if value is None else _encode(value).decode()


def _decoded(words: str | None) -> Any:
    return None if words is None else _decode(words)


class Timestamp(TypeDecorator[datetime]):
    """A UTC time as whole microseconds since 1970: it sorts, and keeps what a cursor needs."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], int | None]:  # noqa: ARG002  SQLAlchemy's signature
        return _number_of

    def result_processor(  # SQLAlchemy's signature
        self,
        dialect: Dialect,  # noqa: ARG002  every time is kept alike
        coltype: Any,  # noqa: ARG002  as the dialect
    ) -> Callable[[Any], datetime | None]:
        return _time_of


class Keys(TypeDecorator[Any]):
    """Some values of one kind, bound as one: a JSON text where there are no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return ARRAY(self.of) if dialect.name == "postgresql" else Text()

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return list if dialect.name == "postgresql" else _encoded


class FreeText(TypeDecorator[str]):
    """Text from outside without U+0000, which PostgreSQL refuses in a text."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002  SQLAlchemy's signature
        return _storable


class Json(TypeDecorator[Any]):
    """JSON as text: U+0000 stays escaped, which PostgreSQL's own JSON types would refuse."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002  SQLAlchemy's signature
        return _encoded

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any]:  # noqa: ARG002  SQLAlchemy's signature
        return _decoded
