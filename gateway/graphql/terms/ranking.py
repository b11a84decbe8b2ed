"""Pages of what is counted, the most common first, then in an order of their own. A cursor names no key, which may be a number."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Generic, NamedTuple, TypeVar

import strawberry

from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.pagination import Connection, Edge, info_of, page_size
from gateway.storage.pages import COUNTED

T = TypeVar("T")
V = TypeVar("V")

_CURSOR = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


class Place(NamedTuple):
    """Where an item stands: behind all that are more common, and the so-manieth of those as common."""

    times: int
    number: int


class Ranked(NamedTuple, Generic[V]):
    """An item, how common it is, and what those that are as common are ordered by."""

    times: int
    key: Any
    value: V


def asked(first: int | None, after: str | None) -> tuple[int, Place | None]:
    """How many items, and behind which. Raises Refused for what is no page."""
    return page_size(first), _decoded(after)


def page(found: Iterable[Ranked[V]], size: int, after: Place | None, node: Callable[[V], T]) -> Connection[T]:
    """One page of what was found."""
    placed = _in_order(found)
    rest = [(place, value) for place, value in placed if after is None or _is_behind(place, after)]
    edges = [Edge(node=node(value), spell=partial(_encoded, place)) for place, value in rest[:size]]
    info = info_of(edges, behind=after is not None, has_next=len(rest) > size)
    return Connection(
        edges=edges, page_info=info, total_count=len(placed) if len(placed) <= COUNTED else None
    )


def _in_order(found: Iterable[Ranked[V]]) -> Sequence[tuple[Place, V]]:
    ordered = sorted(found, key=lambda one: (-one.times, one.key))
    return [
        (Place(times, number), one.value)
        for times, alike in groupby(ordered, key=lambda one: one.times)
        for number, one in enumerate(alike, 1)
    ]


def _is_behind(place: Place, after: Place) -> bool:
    return (-place.times, place.number) > (-after.times, after.number)


def _encoded(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place.times}:{place.number}".encode()).decode("ascii").rstrip("=")


def _decoded(after: str | None) -> Place | None:
    if after is None or after is strawberry.UNSET:
        return None
    try:
        raw = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        found = _CURSOR.fullmatch(raw.decode("ascii"))
        place = None if found is None else Place(int(found[1]), int(found[2]))
        if place is not None and _encoded(place) == after:
            return place
    except (ValueError, binascii.Error):
        pass
    raise bad_input("`after` is no cursor of this list. Give one as an edge or pageInfo had it, unchanged.")
