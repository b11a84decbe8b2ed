"""Relay connections over keyset pages, forwards only."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Generic, Protocol, TypeVar

import strawberry

from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.storage.pages import COUNTED, Cursor, Page
from gateway.storage.types import to_number, to_time

T = TypeVar("T")
V = TypeVar("V")

MOST = 100
DEFAULT = 25

First = Annotated[
    int | None, strawberry.argument(description="How many at most: 1 to 100; more is refused, not cut down.")
]
After = Annotated[
    str | None, strawberry.argument(description="Begin behind this cursor: an edge's, or pageInfo.endCursor.")
]

_CURSOR = re.compile(r"(-?\d{1,18}):([a-z]{3}_[0-9a-f]{1,60})")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """As Relay has it."""

    has_next_page: bool = strawberry.field(
        description="Whether more follow: ask again with after: endCursor."
    )
    has_previous_page: bool = strawberry.field(description="Whether some come before: `after` was given.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


class Placed(Protocol):
    """An edge. `spell` gives its cursor, which is made for those who ask for it."""

    @property
    def spell(self) -> Callable[[], str]: ...


@strawberry.type(description="An item of a page, with its place in the list.")
class Edge(Generic[T]):
    """One item."""

    node: T = strawberry.field(description="The item at this place.")
    spell: strawberry.Private[Callable[[], str]]

    @resolved("Its place; opaque. Give it as `after` to go on behind it.")
    def cursor(self) -> str:
        return self.spell()


@strawberry.type(description="A page of a list, the newest first.")
class Connection(Generic[T]):
    """One page."""

    edges: list[Edge[T]] = strawberry.field(description="The items of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: int | None = strawberry.field(
        description="How many there are in all: exact up to 10,000, null beyond."
    )


def page_size(first: int | None) -> int:
    """How many rows to read. Raises Refused outside of 1..100."""
    size = DEFAULT if first is None else first
    if not 1 <= size <= MOST:
        raise bad_input(
            f"`first` must be 1 to {MOST}; it was {size}. Take the rest page by page, with `after`."
        )
    return size


def encode(at: datetime, key: str) -> str:
    """A cursor for a URL: opaque, without padding."""
    return base64.urlsafe_b64encode(f"{to_number(at)}:{key}".encode()).decode("ascii").rstrip("=")


def decode(after: str | None, *kinds: str) -> Cursor | None:
    """The place behind which a page begins. Raises Refused for a cursor that no page of a list of such things gave, by what their
    ids begin with.
    """
    if after is None or after is strawberry.UNSET:
        return None
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        found = _CURSOR.fullmatch(text)
        if found is not None:
            cursor = Cursor(to_time(int(found[1])), found[2])
            if encode(cursor.at, cursor.id) == after and cursor.id[:3] in kinds:
                return cursor
    except (ValueError, OverflowError, binascii.Error):
        pass
    raise bad_input(
        "`after` is no cursor of this list. Give one as an edge or pageInfo of it had it, unchanged."
    )


def connection(
    page: Page[V], after: Cursor | None, node: Callable[[V], T], key: Callable[[V], tuple[datetime, str]]
) -> Connection[T]:
    """The page as GraphQL shows it. `key` is what it is ordered by."""
    edges = [Edge(node=node(value), spell=partial(_encoded, key, value)) for value in page.items]
    info = info_of(edges, behind=after is not None, has_next=page.has_next)
    return Connection(edges=edges, page_info=info, total_count=page.total)


def info_of(edges: Sequence[Placed], *, behind: bool, has_next: bool) -> PageInfo:
    """Where the page of those edges lies. `behind`: behind others."""
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=behind,
        start_cursor=edges[0].spell() if edges else None,
        end_cursor=edges[-1].spell() if edges else None,
    )


def _encoded(key: Callable[[V], tuple[datetime, str]], value: V) -> str:
    return encode(*key(value))


def newest_first(
    values: Iterable[V],
    first: int | None,
    after: str | None,
    key: Callable[[V], tuple[datetime, str]],
    kind: str,
) -> tuple[Page[V], Cursor | None]:
    """A page of what is in memory, as `storage.pages` makes one of a table; and the cursor it begins behind."""
    size, cursor = page_size(first), decode(after, kind)
    ordered = sorted(values, key=key, reverse=True)
    rest = ordered if cursor is None else [value for value in ordered if key(value) < (cursor.at, cursor.id)]
    total = len(ordered) if len(ordered) <= COUNTED else None
    return Page(rest[:size], len(rest) > size, total), cursor
