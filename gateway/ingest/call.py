"""One request of the /v1 API on its way: what is known of it so far."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.ingest.pace import Lane, Pace
from gateway.workspace import Source, SourceTrust


class Call:
    """What its answer depends on, whatever that will be, and the room it takes until then."""

    __slots__ = (
        "_client",
        "_held",
        "_lane",
        "_pace",
        "headers",
        "method",
        "packed",
        "source",
        "suspected",
        "unread",
    )

    def __init__(self, scope: Mapping[str, Any], pace: Pace) -> None:
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.source: Source | None = None
        # Whose it would be, were it signed: its refusals are counted, and nothing else depends on it, so that nobody learns which there are.
        self.suspected: Source | None = None
        self.packed: bytes | None = None  # the body before it was unpacked, of a call that is signed
        # Whether more of its body may come: where it is refused before, the connection ends with the answer.
        self.unread: bool = b"content-length" in self.headers or b"transfer-encoding" in self.headers
        self._client: tuple[str, int] | None = scope.get("client")
        self._pace = pace
        self._lane: Lane | None = None
        self._held = 0

    @property
    def readable_by_pages(self) -> bool:
        """Whether a page may read the answer. Not that of a SERVER source, whose key has no business in a page; but where
        the source is not known: a refusal that a page can't read is a broken line to it, and it tries again.
        """
        return self.source is None or self.source.trust is SourceTrust.BROWSER

    def enter_nameless(self) -> None:
        """Take a place among the requests from its address whose headers have no write key. Raises IngestError 429 or 503."""
        self._lane = self._pace.enter_nameless("" if self._client is None else self._client[0])

    def enter(self, source_id: str, now: datetime) -> None:
        """Take a place among the requests of that source, and give back the one it had. Raises IngestError 429 or 503."""
        lane, held = self._pace.enter(source_id, now), self._held
        if self._lane is None:
            self._lane = lane
            return
        self.leave()
        self._lane = lane
        self.hold(held)

    def hold(self, size: int) -> None:
        """So many more bytes of it are in memory. Raises IngestError 429 or 503."""
        if self._lane is not None:
            self._pace.hold(self._lane, size)
            self._held += size

    def spend(self, events: int) -> None:
        """It has so many events. Raises IngestError 429."""
        if self._lane is not None:
            self._pace.spend(self._lane, events)

    def leave(self) -> None:
        """It is over, and takes no room any more."""
        if self._lane is not None:
            self._pace.leave(self._lane, self._held)
            self._lane = None
            self._held = 0
