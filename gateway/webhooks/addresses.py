"""The address that a provider called: what it signed, which proxies in between do not show as it was.

Nothing is believed by it: it is only the text under a signature, which nobody can make but the provider. What a call is about stands in
the path and query that arrived. So whatever says where this gateway is may be asked, whoever says it.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PORT = re.compile(r"[0-9]{1,5}")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
_SCHEMES = ("https", "http")


def called(public_url: str | None, request: Request) -> tuple[str, ...]:
    """Every address that may be the one that was called, the likeliest first: below HELIOGRAPH_PUBLIC_URL, as the proxies tell it, and as it
    arrived.
    """
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0]
    whole = f"{path}{'?' if query else ''}{query}"
    bases = [] if public_url is None else [_below(public_url, path)]
    bases += _told(request)
    return tuple(dict.fromkeys(base + whole for base in bases))


def prefix_of(public_url: str | None) -> str:
    """The path of HELIOGRAPH_PUBLIC_URL, which a proxy may leave on what it passes on."""
    return "" if public_url is None else urlsplit(public_url).path


def _below(public_url: str, path: str) -> str:
    prefix = prefix_of(public_url)
    return public_url.removesuffix(prefix) if prefix and path.startswith(f"{prefix}/") else public_url


def _told(request: Request) -> Iterator[str]:
    """The part of the address before our path: as `Forwarded` (RFC 7239) or X-Forwarded-* tell it, and as the request itself does."""
    headers, scheme = request.headers, request.scope["scheme"]
    server = request.scope.get("server") or ("localhost", None)
    arrived = _fits(_HOST, headers.get("host")) or str(server[0])
    standard = _forwarded(headers.get("forwarded", ""))
    if standard:
        yield _base(standard.get("proto") or scheme, _fits(_HOST, standard.get("host")) or arrived)
    proto = _first(headers.get("x-forwarded-proto")) or scheme
    host = _fits(_HOST, _first(headers.get("x-forwarded-host"))) or arrived
    port = _fits(_PORT, _first(headers.get("x-forwarded-port")))
    prefix = (_fits(_PREFIX, _first(headers.get("x-forwarded-prefix"))) or "").rstrip("/")
    if port is not None and ":" not in host.rpartition("]")[2]:
        yield _base(proto, f"{host}:{port}") + prefix
    yield _base(proto, host) + prefix
    yield _base(scheme, arrived)


def _base(scheme: str, host: str) -> str:
    return f"{scheme.lower() if scheme.lower() in _SCHEMES else 'https'}://{host}"


def _first(header: str | None) -> str | None:
    """Of several proxies the first one was called by the provider."""
    return None if header is None else header.partition(",")[0].strip() or None


def _fits(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and pattern.fullmatch(text) else None


def _forwarded(header: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in header.partition(",")[0].split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _is, value in pairs if value.strip()}
