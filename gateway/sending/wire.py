"""What goes on the wire for a request and what comes back from it, the same for every client."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from destinations.kit.http import HttpRequest
from gateway.sending.base import NotSent, Phase

_METHOD = re.compile(r"[A-Z]+")
# Servers expect a length of these even when there is nothing (RFC 9110, 8.6).
_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})
# Printable ASCII only, so that no client repairs it in its own way; no user and password, which would be printed.
_URL = re.compile(r"(https?)://([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(?:[/?][!-~]*)?")
_LAST_PORT = 65535
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")


@dataclass(frozen=True, slots=True)
class Wire:
    """A request that can be written as it is. `authority` is the host with its port, for messages."""

    method: str
    url: str
    scheme: str
    host: str
    authority: str
    headers: list[tuple[str, str]]
    body: bytes


def prepare(request: HttpRequest) -> Wire:
    """The request with the headers that every client sends alike.

    Raises NotSent in phase PREPARE for a method, URL or header that would not arrive as it was written.
    """
    scheme, host, authority, named = _head(request.method, request.url, tuple(request.headers))
    headers = list(request.headers)
    body = request.body
    if body and "content-type" not in named:
        headers.append(("Content-Type", request.media_type))
    if not body and request.method in _WITH_CONTENT:
        headers.append(("Content-Length", "0"))
    if request.auth is not None and "authorization" not in named:
        headers.append(("Authorization", request.auth.header()))
    if "user-agent" not in named:
        headers.append(("User-Agent", "Heliograph"))
    if "accept-encoding" not in named:
        headers.append(("Accept-Encoding", "gzip"))
    return Wire(request.method, request.url, scheme, host, authority, headers, body)


def answered_headers(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case; a repeated header as one list (RFC 9110, 5.3).

    The clients unpack the body, so what described the packed one is left out.
    """
    headers: dict[str, str] = {}
    for name, value in items:
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    if headers.pop("content-encoding", None) is not None:
        headers.pop("content-length", None)
    return headers


@lru_cache(maxsize=256)  # what is sent to one account differs in its body alone
def _head(
    method: str, url: str, headers: tuple[tuple[str, str], ...]
) -> tuple[str, str, str, frozenset[str]]:
    """Scheme, host and authority of what would arrive as it was written, and the names of its headers in lower case."""
    target = _URL.fullmatch(url)
    if target is None or not _exists(target):
        raise NotSent("no host", Phase.PREPARE, "its URL is not a plain http or https one")
    scheme, host, port = target.groups(default="")
    authority = host + port
    if not _METHOD.fullmatch(method):
        raise NotSent(authority, Phase.PREPARE, "its method is none")
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise NotSent(authority, Phase.PREPARE, "one of its headers has characters that a header can't")
    return scheme, host, authority, frozenset(name.lower() for name, _ in headers)


def _exists(target: re.Match[str]) -> bool:
    """Whether the port is one, and the address too where it is written in brackets."""
    _, host, port = target.groups(default="")
    if port and int(port[1:]) > _LAST_PORT:
        return False
    try:
        return not host.startswith("[") or bool(IPv6Address(host[1:-1]))
    except AddressValueError:
        return False
