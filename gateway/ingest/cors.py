"""What a page of another origin may do, and read (the Fetch standard's CORS protocol)."""

from collections.abc import Collection

Header = tuple[bytes, bytes]

PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"POST"),
    # By name: `*` does not cover authorization.
    (
        b"access-control-allow-headers",
        b"authorization, content-type, content-encoding, x-retry-count, x-strict-mode",
    ),
    (b"access-control-max-age", b"7200"),  # the longest that every browser keeps it
)
"""Which requests a page may send. It names no key, so it is the same on every path, for every source."""

VARY: Header = (b"vary", b"Origin")


class Cors:
    """Lets pages of these origins read the answers; of any where none are named."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def readable(self, origin: bytes) -> tuple[Header, ...]:
        """The headers by which a page of that origin may read an answer; none where it may not.

        The origin is echoed, since `*` is refused in a page that sends credentials.
        """
        if self._origins and origin not in self._origins:
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            # Without it a page, and analytics.js in it, can't see when to come back.
            (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset"),
        )
