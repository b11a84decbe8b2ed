"""Which pages may speak to the API: those of this server, and those that the operator named."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "accept, authorization, content-type",
    "Access-Control-Max-Age": "7200",
}


class Origins:
    """Judges the `Origin` that a browser sends with what a page asks. Programs send none, and are let through."""

    def __init__(self, named: Collection[str], public_url: str | None) -> None:
        """`named`: origins whose pages may ask from elsewhere. `public_url`: where this server is, if a proxy hides it."""
        self._named = frozenset(named)
        self._public = None if public_url is None else _place(public_url)

    def allows(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of that origin may ask a server that it knows by that `Host`."""
        return origin is None or origin in self._named or self._is_own(origin, host)

    def headers(self, origin: str | None) -> Mapping[str, str]:
        """By which a page of a named origin may read an answer."""
        if origin not in self._named:
            return {}
        return {
            "Access-Control-Allow-Origin": str(origin),
            "Access-Control-Expose-Headers": "retry-after, x-request-id",
        }

    def preflight(self, origin: str | None) -> Mapping[str, str]:
        """What a page of a named origin is told before it asks; nothing for any other."""
        return {**self.headers(origin), **_PREFLIGHT} if origin in self._named else {}

    def _is_own(self, origin: str, host: str | None) -> bool:
        place = _place(origin)
        if place is None:
            return False
        # The scheme is left out: behind a proxy that ends TLS, a request comes in as plain http.
        scheme, *_ = origin.partition("://")
        return place == self._public or (host is not None and place == _place(f"{scheme}://{host}"))


def _place(address: str) -> tuple[str, int] | None:
    """(host, port) of an address; None where it has none, as `null` does."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return None if not parts.hostname or port is None else (parts.hostname, port)
