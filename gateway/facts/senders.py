"""What is known of an account's senders, as a plan reads it."""

from datetime import datetime

from destinations.kit import UNKNOWN, SenderKind, SenderState, Unknown
from gateway.synced import KnownSenders


def state_of(
    known: KnownSenders, address: str, kind: SenderKind, since: datetime
) -> SenderState | Unknown | None:
    """What is known of the sender of that address, which was named `since`: a sync that is older says nothing against one that it did
    not list, nor does one that could not list its kind.
    """
    there = known.by_address.get(address)
    if there is not None:
        return SenderState.IN_USE if there.removed_at is None else SenderState.REMOVED
    if known.good_at is None or known.good_at < since or kind in known.unread:
        return UNKNOWN
    return None


class SenderFacts:
    """Of one mapping; `since` is when it, or its destination, was last changed."""

    def __init__(self, known: KnownSenders, since: datetime) -> None:
        self._known = known
        self._since = since

    async def state(self, address: str, kind: SenderKind) -> SenderState | Unknown | None:
        """See kit.Senders."""
        return state_of(self._known, address, kind, self._since)
