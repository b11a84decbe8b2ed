"""The sending port and its clients: one request, at most once, and an honest error."""

import os
from pathlib import Path
from typing import Literal

from gateway.sending.base import (
    MAX_ANSWER_BYTES,
    NoAnswer,
    NotSent,
    Options,
    Phase,
    SendingClient,
    SendingError,
)
from gateway.sending.memory import MemoryClient
from gateway.sending.proxies import Proxies

__all__ = [
    "MemoryClient",
    "NoAnswer",
    "NotSent",
    "Phase",
    "Proxies",
    "SendingClient",
    "SendingError",
    "open_client",
]


def open_client(
    kind: Literal["pyreqwest", "aiohttp"] | None = None,
    *,
    connect_timeout: float = 5.0,
    total_timeout: float = 15.0,
    connections: int = 128,
    ca_file: Path | None = None,
    proxies: Proxies | None = None,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> SendingClient:
    """A client of a kind; None takes pyreqwest where it can be imported, else aiohttp.

    Timeouts are in seconds: `connect_timeout` up to having a connection, `total_timeout` to the last byte of the
    answer. At most `connections` requests are under way at once. The system's certificates are trusted (those that
    SSL_CERT_FILE names instead, where it is set), and those in `ca_file` too. `proxies` None reads HTTPS_PROXY and
    NO_PROXY now; `Proxies()` uses none whatever the environment says. What has more than `most_bytes` is no answer.
    """
    options = Options(
        connect_timeout=connect_timeout,
        total_timeout=total_timeout,
        connections=connections,
        ca_file=ca_file,
        proxies=Proxies.from_environ(os.environ) if proxies is None else proxies,
        most_bytes=most_bytes,
    )
    if kind != "aiohttp":
        try:
            from gateway.sending.pyreqwest_client import PyreqwestClient  # noqa: PLC0415  may have no wheel here
        except ImportError:
            if kind == "pyreqwest":
                raise
        else:
            return PyreqwestClient(options)
    from gateway.sending.aiohttp_client import AiohttpClient  # noqa: PLC0415  the fallback need not be loaded

    return AiohttpClient(options)
