"""A Delivery as match leaves it: what its first turn need not read again."""

import msgspec

from gateway.deliveries import Delivery
from gateway.events import StoredEvent
from gateway.people import Known


class Fresh(msgspec.Struct, frozen=True):
    """A Delivery that was made just now, its event, and the person as the event left them (None: nobody was known). `numbers` are
    those that the event says are theirs, by key.
    """

    delivery: Delivery
    event: StoredEvent
    known: Known | None
    numbers: frozenset[str]
