"""The address that a provider called: what it signed, which proxies in between do not show as it was.

Nothing is believed by it: it is only the text under a signature, which nobody can make but the provider. What a call is about stands in
the path and query that arrived. So whatever says where this gateway is may be asked, whoever says it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from gateway.webhooks.paths import prefix_of

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::[0-9]{1,5})?")
_PORT = re.compile(r"[0-9]{1,5}")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
_SCHEMES = ("https", "http")
_TELLING = (
    "host",
    "forwarded",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
)


def called(public_url: str | None, scope: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[str, ...]:
    """Every address that may be the one that was called, the likeliest first: below HELIOGRAPH_PUBLIC_URL, as the proxies tell it, and as it
    arrived. `scope` is ASGI's, and `headers` are its own, by their names in lower case.
    """
    query = scope["query_string"].decode("latin-1")
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    whole = f"{path}?{query}" if query else path
    server = scope.get("server") or ("localhost", None)
    bases = _told(scope["scheme"], str(server[0]), *map(headers.get, _TELLING))
    if public_url is not None:
        bases = tuple(dict.fromkeys((_below(public_url, path), *bases)))
    return tuple([base + whole for base in bases])


def _below(public_url: str, path: str) -> str:
    prefix = prefix_of(public_url)
    return public_url.removesuffix(prefix) if prefix and path.startswith(f"{prefix}/") else public_url


@lru_cache(maxsize=32)
def _told(
    scheme: str, server: str, host: str | None, forwarded: str | None, *told: str | None
) -> tuple[str, ...]:
    """The part of the address before our path. The same proxies say the same of nearly every call."""
    return tuple(dict.fromkeys(_bases(scheme, _host(host) or server, _forwarded(forwarded or ""), *told)))


def _bases(
    scheme: str,
    arrived: str,
    standard: Mapping[str, str],
    told_proto: str | None,
    told_host: str | None,
    told_port: str | None,
    told_prefix: str | None,
) -> Iterator[str]:
    """As `Forwarded` (RFC 7239) and X-Forwarded-* tell it, and as the request itself does."""
    if standard:
        yield _base(standard.get("proto") or scheme, _host(standard.get("host")) or arrived)
    proto = _first(told_proto) or scheme
    host = _host(_first(told_host)) or arrived
    port = _fits(_PORT, _first(told_port))
    prefix = (_fits(_PREFIX, _first(told_prefix)) or "").rstrip("/")
    if port is not None and ":" not in host.rpartition("]")[2]:
        yield _base(proto, f"{host}:{port}") + prefix
    yield _base(proto, host) + prefix
    yield _base(scheme, arrived)


def _base(scheme: str, host: str) -> str:
    return f"{scheme.lower() if scheme.lower() in _SCHEMES else 'https'}://{host}"


def _first(header: str | None) -> str | None:
    """Of several proxies the first one was called by the provider."""
    return None if header is None else header.partition(",")[0].strip() or None


def _host(text: str | None) -> str | None:
    """A host name or an address, with its port; None for what is neither."""
    found = _HOST.fullmatch(text or "")
    if found is None:
        return None
    if found["v6"] is not None:
        try:
            IPv6Address(found["v6"])
        except AddressValueError:
            return None
    return found[0]


def _fits(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and pattern.fullmatch(text) else None


def _forwarded(header: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in header.partition(",")[0].split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _is, value in pairs if value.strip()}
