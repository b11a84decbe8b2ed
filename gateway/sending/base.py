"""The sending port: one request goes out once, and a failure says whether it may have arrived.

SendingError          there is no answer to interpret
├── NotSent           certain: no byte of the request reached an application
└── NoAnswer          the request may have arrived, and may have been acted upon

The difference decides about a second text. Creating a message is not idempotent at a provider: a repeat after
an unclear answer may deliver it twice, and there is no key to make it so. Hence two rules for every client: what is
not certain is a NoAnswer, and nothing is repeated behind the caller's back, neither a request whose connection broke
nor one that was redirected.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from destinations.kit.http import HttpRequest, HttpResponse
from gateway.sending.proxies import Proxies

MAX_ANSWER_BYTES: Final = 1024 * 1024
"""What an answer may have at most unless a client is told otherwise: to a message it has one kilobyte."""

KEEP_ALIVE_SECONDS: Final = 15.0
"""How long an idle connection is kept. Short on purpose: a server that closes it just as it is used again leaves a
NoAnswer behind, and load balancers close theirs after about a minute."""

REFUSED: Final = "the connection was refused, or could not be made"
UNTRUSTED: Final = "its certificate is not trusted (SSL_CERT_FILE names the authorities that are)"
"""Reasons that every client words alike."""


class Phase(StrEnum):
    """How far a request came."""

    PREPARE = "prepare"
    """It cannot be put on the wire as it is, or the client is closed. Repeating it will not help by itself."""
    POOL = "pool"
    """It waited for one of the client's connections."""
    RESOLVE = "resolve"
    CONNECT = "connect"
    """Also where a client cannot tell: its connect timeout covers everything up to the TLS handshake."""
    TLS = "tls"
    ANSWER = "answer"
    """The connection stood; no head of an answer was read."""
    BODY = "body"
    """A status was read, the body was not."""


class SendingError(Exception):
    """No answer. `host`, `phase` and `reason` are fit for a log: no path, query, header, form or number is in them."""

    advice = ""

    def __init__(self, host: str, phase: Phase, reason: str) -> None:
        super().__init__(f"{host}: {reason} ({phase}). {self.advice}")
        self.host = host
        self.phase = phase
        self.reason = reason


class NotSent(SendingError):  # noqa: N818  the name states the fact that the caller acts upon
    """No byte of the request reached an application: refused, no such host, no connection in time, TLS refused.

    Sending it again can't create a second message.
    """

    advice = "Nothing was sent; it is safe to try again."


class NoAnswer(SendingError):  # noqa: N818  as above
    """The request may have arrived: reset or closed after it left, no answer in time, a cut or unreadable answer.

    Sending it again may create a second message: first look whether there is one.
    """

    advice = "The request may have arrived; look before sending it again."


@dataclass(frozen=True, slots=True)
class Options:
    """What a client is built with; `open_client` has the defaults. Times in seconds."""

    connect_timeout: float
    """From wanting a connection to having it: a free place in the pool, the name, TCP, TLS."""
    total_timeout: float
    """From wanting a connection to the last byte of the answer."""
    connections: int
    """How many requests are under way at once; the rest wait their turn."""
    ca_file: Path | None
    """PEM certificates that are trusted beside the system's (or beside those that SSL_CERT_FILE names)."""
    proxies: Proxies
    most_bytes: int
    """More than this, unpacked, is no answer."""


class SendingClient(Protocol):
    """Sends requests, each at most once. Safe for any number of concurrent callers in one event loop."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status, wholly read and unpacked; a redirect is an answer too.

        Raises NotSent or NoAnswer. Cancelling ends the wait and leaves open whether the request arrived; no other
        request gets its connection before its answer is through.
        """
        ...

    async def close(self) -> None:
        """Ends what is under way in NoAnswer, and later sends in NotSent."""
        ...
