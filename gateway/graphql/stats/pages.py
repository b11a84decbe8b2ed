"""Pages of rows, those with most deliveries first, then by their keys. A cursor names no key, which may be a number."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple, TypeVar

import strawberry

from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.pagination import Connection, Edge, info_of, page_size
from gateway.storage.pages import COUNTED
from gateway.storage.stats import Point

T = TypeVar("T")

_CURSOR = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


class Place(NamedTuple):
    """Where a row stands: behind all that have more, and the so-manieth of those with as many deliveries."""

    matched: int
    number: int


class _Row(NamedTuple):
    key: str
    point: Point
    place: Place


def asked(first: int | None, after: str | None) -> tuple[int, Place | None]:
    """How many rows, and behind which. Raises Refused for what is no page."""
    return page_size(first), _decoded(after)


def page(
    found: Mapping[str, Point], size: int, after: Place | None, node: Callable[[str, Point], T]
) -> Connection[T]:
    """One page of what was found."""
    rows = _in_order(found)
    rest = [one for one in rows if after is None or _is_behind(one.place, after)]
    shown = rest[:size]
    edges = [Edge(node=node(one.key, one.point), spell=partial(_encoded, one.place)) for one in shown]
    info = info_of(edges, behind=after is not None, has_next=len(rest) > size)
    return Connection(edges=edges, page_info=info, total_count=len(rows) if len(rows) <= COUNTED else None)


def _in_order(found: Mapping[str, Point]) -> Sequence[_Row]:
    ordered = sorted(found.items(), key=lambda one: (-one[1].counts.matched, one[0]))
    return [
        _Row(key, point, Place(matched, number))
        for matched, alike in groupby(ordered, key=lambda one: one[1].counts.matched)
        for number, (key, point) in enumerate(alike, 1)
    ]


def _is_behind(place: Place, after: Place) -> bool:
    return (-place.matched, place.number) > (-after.matched, after.number)


def _encoded(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place.matched}:{place.number}".encode()).decode("ascii").rstrip("=")


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
