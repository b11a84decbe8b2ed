"""How many texts were claimed where there is a limit: see `gateway.sending_limits`. Whoever changes a count holds the lock that goes with it.

| counter | lock (`storage.locks`) |
| --- | --- |
| of a destination | the destination's claims |
| of a person | the number |
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from gateway.sending_limits import Count, Counter
from gateway.storage.prepared import Ask, Each, Rows, among
from gateway.storage.tables import claim_counts

_c = claim_counts.c
_COUNTS = Ask(
    select(_c.begins, _c.destination_id, _c.phone, _c.purpose, _c.claimed, _c.warned_at).where(
        among(_c.begins, "days"), among(_c.destination_id, "whose"), among(_c.phone, "phones")
    ),
    *("days", "whose", "phones"),
)
_ADD = Rows(claim_counts, *Counter._fields, "claimed", adds="claimed")
_WARNED = Each(
    update(claim_counts).where(
        _c.begins == bindparam("day"),
        _c.destination_id == bindparam("whose"),
        _c.phone == "",
        _c.purpose == "",
    ),
    *("day", "whose", "warned_at"),
)


def counts(connection: Connection, counters: Collection[Counter]) -> dict[Counter, Count]:
    """What is counted in each of these."""
    found = dict.fromkeys(counters, Count())
    if not found:
        return found
    asked = ({one[place] for one in counters} for place in range(3))
    for *key, claimed, warned_at in _COUNTS.rows(connection, *map(sorted, asked)):
        counter = Counter._make(key)
        if counter in found:
            found[counter] = Count(claimed, warned_at)
    return found


def add(connection: Connection, more: Mapping[Counter, int]) -> None:
    """So many more were claimed."""
    _ADD.insert(connection, [(*counter, claimed) for counter, claimed in sorted(more.items())])


def warned(connection: Connection, counters: Collection[Counter], now: datetime) -> None:
    """It is told of these, which are of destinations, that they are nearly full."""
    _WARNED.run(connection, [(one.begins, one.destination_id, now) for one in sorted(counters)])
