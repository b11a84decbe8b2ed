"""The client for what owners are told: to addresses that anybody may have entered, so it looks where it goes.

| | |
| --- | --- |
| a name | is resolved once, every address of it is looked at, and one of those is connected to: nobody can answer otherwise in between |
| an address that is not public | is refused, unless the operator names the host (`HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS`) |
| a redirect | is an answer, and no success; it is not followed |
| an answer | has ten seconds to begin; then it is read up to 64 KB, and for five seconds |
| a proxy of the environment | is not used: it would resolve the name anew |
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, NamedTuple, Protocol

import yarl
from ada_url import URL
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from destinations.kit import reason_phrase
from gateway import logging

TIMEOUT_SECONDS: Final = 10.0
"""For one attempt until an answer begins: name, connection, request."""

MOST_BYTES: Final = 64 * 1024
"""Of an answer no more is read."""

SHOWN: Final = 300
"""So many characters of an answer are kept, to be shown."""

_RESOLVING = 64
"""How many names are looked up side by side: a name server that hangs keeps a thread."""

_KEEP_ALIVE_SECONDS = 15.0
_HTTP = {"http:": 80, "https:": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_OF_THE_CLOUD = frozenset({ip_address("168.63.129.16")})
"""Public by its number, and a metadata service all the same: Azure's."""


_log = logging.get("receivers")

Lookup = Callable[[str, int], list[str]]
"""The addresses of a name, in the order in which they are tried. Raises OSError."""


class Answer(NamedTuple):
    """What came back. `status` is None where nothing did; `words` say it for a person, and `retry_after` is the header as it came."""

    status: int | None
    words: str
    retry_after: str | None = None


class ReceiverClient(Protocol):
    """Posts to receivers. Safe for any number of callers in one event loop."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send that once, and raise nothing; what came of it."""
        ...

    async def close(self) -> None:
        """Ends what is under way."""
        ...


class Receivers:
    """A ReceiverClient over the network."""

    def __init__(
        self,
        allowed_hosts: frozenset[str],
        *,
        lookup: Lookup | None = None,
        seconds: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = _Guard(allowed_hosts, lookup or _lookup)
        self._seconds = seconds
        self._tls = tls
        self._session: ClientSession | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            address = URL(url)
        except ValueError:
            return Answer(None, "The address is no URL. Mend webhookUrl.")
        if address.protocol not in _HTTP:
            return Answer(None, "The address begins with neither https:// nor http://. Mend webhookUrl.")
        address.hash = ""
        refusal = self._guard.of_literal(address)
        if refusal is not None:
            return Answer(None, refusal)
        try:
            return await self._posted(address.href, headers, body)
        except TimeoutError:
            return Answer(None, f"No answer came within {self._seconds:g} seconds.")
        except (ClientError, OSError, ValueError) as error:
            return Answer(None, _failure(error))

    async def _posted(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        session = self._session or self._open()
        wire = yarl.URL(url, encoded=True)
        async with asyncio.timeout(self._seconds):
            response = await session.post(wire, headers=headers, data=body, allow_redirects=False)
        try:
            beginning = await _beginning(response, self._seconds / 2)
            return Answer(response.status, _words(response, beginning), response.headers.get("Retry-After"))
        finally:
            response.close()  # what is not read is not waited for

    def _open(self) -> ClientSession:
        """On the first request, since a session belongs to the event loop that is running."""
        self._session = ClientSession(
            connector=TCPConnector(
                limit=0,  # whoever asks sees to how many there are
                resolver=self._guard,
                use_dns_cache=False,
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
                ssl=self._tls or ssl.create_default_context(),
            ),
            timeout=ClientTimeout(total=None),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": "Heliograph", "Accept-Encoding": "identity"},
        )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        await self._guard.close()


class Refusal(OSError):  # noqa: N818  it says what became of the request
    """Raised for a name that has an address nobody may be sent to. Its words are fit to be shown."""


class _Guard(AbstractResolver):
    """Resolves names to addresses that may be connected to, and to no others."""

    def __init__(self, allowed_hosts: frozenset[str], lookup: Lookup) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(_RESOLVING, thread_name_prefix="webhook-names")

    def of_literal(self, url: URL) -> str | None:
        """Why an address without a name is refused; None where it has one, or may be connected to."""
        host, port = _place(url)
        return None if self._is_allowed(host, port) or not _is_private(host) else _refused(host, host, port)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002  aiohttp's signature
    ) -> list[ResolveResult]:
        """The addresses of that name. Raises Refusal, or OSError where there are none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._lookup, host, port)
        if not self._is_allowed(host, port):
            for one in found:
                if not is_public(one):
                    raise Refusal(_refused(host, one, port))
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]

    def _is_allowed(self, host: str, port: int) -> bool:
        return _is_allowed(self._allowed, host, port)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def refused_at_once(url: str, allowed_hosts: frozenset[str]) -> str | None:
    """Why nothing will be sent there, whatever names resolve to: it is this machine by name, or a literal address that is not public, and the
    operator allows neither. In words, with the line to set; None where that is not known beforehand.
    """
    try:
        address = URL(url)
    except ValueError:
        return None  # what it is wrong with says who reads it
    if address.protocol not in _HTTP:
        return None
    host, port = _place(address)
    name = host.rstrip(".")
    if _is_allowed(allowed_hosts, host, port):
        return None
    if name == "localhost" or name.endswith(".localhost"):
        what = f"{host} is this machine"
    elif _is_private(host):
        what = f"{host} is no public address"
    else:
        return None
    hosts = ",".join([*sorted(allowed_hosts), _written(host, port)])
    return (
        f"{what}, and nothing is sent there. If it is to be told all the same, the operator sets "
        f"HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS={hosts} and restarts."
    )


def _place(url: URL) -> tuple[str, int]:
    """The host, in the one notation that the URL standard has of it, and the port."""
    host = url.hostname.removeprefix("[").removesuffix("]")
    return host, int(url.port or _HTTP[url.protocol])


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_allowed(allowed: frozenset[str], host: str, port: int) -> bool:
    named = f"[{host}]" if ":" in host else host.lower()
    return any(one.lower() in (named, f"{named}:{port}") for one in allowed)


def _is_private(host: str) -> bool:
    """Whether that is a literal address, and no public one."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return not is_public(host)


def is_public(address: str) -> bool:
    """Whether that is an address of the internet at large, whatever notation hides another in it."""
    try:
        found = ip_address(address)
    except ValueError:  # with a zone, such as fe80::1%eth0
        return False
    if found in _NAT64:  # it is the way to an IPv4 address, and nothing else
        return _is_public(IPv4Address(int(found) & 0xFFFFFFFF))
    return all(map(_is_public, (found, *_within(found))))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address in _OF_THE_CLOUD
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or (isinstance(address, IPv6Address) and (address.is_site_local or address in _LOCAL_NAT64))
    )


def _within(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses to which an IPv6 one may lead: mapped, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return []
    hidden = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    return [one for one in hidden if one is not None]


def _refused(host: str, address: str, port: int) -> str:
    what = host if host == address else f"{host} is at {address}, which"
    return (
        f"Nothing was sent: {what} is no public address. If it is to be told all the same, the operator sets "
        f"HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS={_written(host, port)} and restarts."
    )


def _lookup(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def _beginning(response: ClientResponse, seconds: float) -> bytes:
    """What is read of an answer. One that breaks off has been given all the same: its status says what the receiver thinks."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) >= MOST_BYTES:
                    break
    except (TimeoutError, ClientError, OSError):
        pass
    return bytes(body[:MOST_BYTES])


def _words(response: ClientResponse, body: bytes) -> str:
    said = f"{response.status} {reason_phrase(response.status)}"
    if 300 <= response.status < 400:  # noqa: PLR2004  the class of HTTP statuses that are redirects
        return f"{said}: a redirect, which is not followed. Give webhookUrl the address that it leads to."
    text = " ".join(body.decode("utf-8", "replace").split())[:SHOWN]
    return f"{said}: {text}" if text else said


def _failure(error: ClientError | OSError | ValueError) -> str:
    cause: Any = error
    while cause is not None:
        if isinstance(cause, Refusal):
            return str(cause)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "Its certificate is not trusted, or is another host's."
        if isinstance(cause, socket.gaierror):
            return "There is no such host."
        cause = getattr(cause, "os_error", None) or cause.__cause__
    _log.debug("A receiver gave no answer", kind=type(error).__name__)
    return "No connection, or it broke off before an answer came."
