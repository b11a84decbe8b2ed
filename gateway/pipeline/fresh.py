"""A Delivery as match leaves it: what its first turn need not read again."""

from dataclasses import dataclass

from gateway.deliveries import Delivery
from gateway.events import StoredEvent
from gateway.people import Known


@dataclass(frozen=True, slots=True)
class Fresh:
    """A Delivery that was made just now, its event, and the person as the event left them (None: nobody was known). `numbers` are
    those that the event says are theirs, by key.
    """

    delivery: Delivery
    event: StoredEvent
    known: Known | None
    numbers: frozenset[str]
