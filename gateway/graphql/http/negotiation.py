"""Which of the two content types of GraphQL over HTTP a caller takes."""

from collections.abc import Iterator
from functools import lru_cache

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"

KEPT = 64
"""Of how many headers it is remembered what they say: clients send the same few."""


@lru_cache(maxsize=KEPT)
def choose(accept: str | None) -> str | None:
    """The content type to answer with; None where the caller takes neither.

    Of two that are wanted as much, RESPONSE wins where it is named; who takes anything gets JSON, as the
    specification asks for the callers of before.
    """
    if accept is None or not accept.strip():
        return JSON
    wanted = list(_parsed(accept))
    best = max(
        ((_quality(kind, wanted), kind) for kind in (JSON, RESPONSE)),
        key=lambda pair: (pair[0], pair[1] == RESPONSE and any(name == RESPONSE for name, _ in wanted)),
    )
    return best[1] if best[0] > 0 else None


def _parsed(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        yield name, quality


def _quality(kind: str, wanted: list[tuple[str, float]]) -> float:
    """What the closest name says: the type itself, then its family, then anything."""
    for name in (kind, f"{kind.split('/', maxsplit=1)[0]}/*", "*/*"):
        said = [quality for wanted_name, quality in wanted if wanted_name == name]
        if said:
            return max(said)
    return 0.0


@lru_cache(maxsize=KEPT)
def takes_html(accept: str | None) -> bool:
    """Whether a browser asks: it names HTML."""
    return accept is not None and any(
        name == "text/html" and quality > 0 for name, quality in _parsed(accept)
    )


@lru_cache(maxsize=KEPT)
def takes_events(accept: str | None) -> bool:
    """Whether the caller reads a stream of events: it names that."""
    return accept is not None and any(name == EVENTS and quality > 0 for name, quality in _parsed(accept))
