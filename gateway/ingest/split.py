"""A request in parts that can be matched side by side: the events of one person stay together, in their order.

Whoever is named beside somebody in an event may be the same person, so the events of both are one part. A part has the lanes of all
the ids that it names: a later request that names one of them has that lane too, and waits for it (see `storage.leases`). What shares a
lane is one part as well, since it could not be matched side by side: no two parts of a request have a lane in common.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway import spec
from gateway.events import QueuedRequest, part

LANES = 16
"""How many lanes a source has where several workers match its events: as many workers can, at most."""


class Part(NamedTuple):
    """Some events of a request, as a request. `lanes` has a bit for each lane that they are of."""

    request: QueuedRequest
    lanes: int


def by_person(request: QueuedRequest) -> list[Part]:
    """The request in parts, in the order of their first events. One all of whose events are tied by their lanes is a part itself."""
    named = [spec.people_at(request, index) for index in range(len(request.calls))]
    of_event = _lanes_of(request.source_id, named)
    apart = _apart(of_event)
    of_lanes: dict[int, list[int]] = {}
    for index, lanes in enumerate(of_event):
        of_lanes.setdefault(next(one for one in apart if one & lanes), []).append(index)
    if len(of_lanes) == 1:
        return [Part(request, next(iter(of_lanes)))]
    return [Part(part(request, places), lanes) for lanes, places in of_lanes.items()]


def _lanes_of(source_id: str, named: Sequence[Sequence[str]]) -> list[int]:
    """The lanes of each event: those of every id that is tied to one of its own. One that names nobody goes with the others of its
    kind.
    """
    first = _Ties()
    for ids in named:
        first.tie(ids)
    lanes: dict[str, int] = {}
    for one in first.all:
        root = first.of(one)
        lanes[root] = lanes.get(root, 0) | 1 << _lane(source_id, one)
    nobody = 1 << _lane(source_id, "")
    return [lanes[first.of(ids[0])] if ids else nobody for ids in named]


def _apart(some: Iterable[int]) -> list[int]:
    """These lanes in sets that have none in common."""
    found: list[int] = []
    for one in set(some):
        together = one
        for other in [other for other in found if other & one]:
            found.remove(other)
            together |= other
        found.append(together)
    return found


def _lane(source_id: str, one: str) -> int:
    return zlib.crc32(f"{source_id}\x1f{one}".encode("utf-8", "surrogatepass")) % LANES


class _Ties:
    """Ids in sets that grow together."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    @property
    def all(self) -> Iterable[str]:
        return self._above

    def tie(self, ids: Sequence[str]) -> None:
        for one in ids:
            self._above.setdefault(one, one)
            self._above[self.of(one)] = self.of(ids[0])

    def of(self, one: str) -> str:
        while (above := self._above[one]) != one:
            self._above[one] = self._above[above]  # half the way for whoever comes next
            one = above
        return one
