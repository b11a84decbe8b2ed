"""Whether HELIOGRAPH_PUBLIC_URL leads to this very gateway: asked with what only its keys can ask, and answered with what only they can."""

import secrets as random
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from gateway.doctor.checks import Check, Group, mend, note, ok
from gateway.secrets import Secrets
from gateway.settings import LOOPBACK
from gateway.webhooks import proof

SECONDS = 5.0
MOST_SKEW = timedelta(seconds=30)
"""Consent, windows and ages are decided by the clock."""

_NAME = "public url"
_REDIRECTED = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. `ours`: whether it was answered with our keys; None where there are none to tell by. `ahead`: how far this
    machine's clock is ahead of the one behind that address, where it said.
    """

    status: int
    ours: bool | None
    location: str | None = None
    ahead: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nothing came back, and why."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Own:
    """What this gateway is known by: its keys, and what its ledger is called."""

    keys: Secrets
    ledger: str


async def ask(
    url: str, own: Own | None, *, transport: httpx.AsyncBaseTransport | None = None
) -> Answered | Unreached:
    """Go there once, and follow nothing: a provider signs the address that it was given."""
    nonce = random.token_hex(16)
    headers = {} if own is None else {proof.ASK: proof.question(nonce, own.keys)}
    try:
        async with httpx.AsyncClient(timeout=SECONDS, transport=transport) as client:
            answer = await client.get(f"{url}/webhooks/{proof.PLACE}", headers=headers)
    except httpx.HTTPError as error:
        return _unreached(url, error)
    said = answer.headers.get(proof.ANSWER, "")
    ours = None if own is None else proof.is_ours(said, nonce, own.ledger, own.keys)
    return Answered(
        answer.status_code, ours, answer.headers.get("location"), _ahead(answer.headers.get("date"))
    )


def findings(url: str | None, found: Answered | Unreached | None) -> Iterator[Check]:
    """What that means for whoever is to call it."""
    if url is None:
        yield note(
            Group.SETTINGS,
            _NAME,
            "HELIOGRAPH_PUBLIC_URL is not set: the provider can't report deliveries to this gateway, and what people write is not heard.",
            "Set it to the https address under which the provider reaches this gateway: "
            "HELIOGRAPH_PUBLIC_URL=https://texts.example.com",
        )
        return
    if isinstance(found, Unreached):
        yield mend(Group.SETTINGS, _NAME, found.why, found.remedy)
    elif found is not None:
        yield _answered(url, found)
        if found.ahead is not None:
            yield _clock(url, found.ahead)
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK or host.startswith("127."):
        yield note(
            Group.SETTINGS,
            _NAME,
            f"{url} is this machine's own address: nobody elsewhere reaches it.",
            "That is as it should be with a simulator here. For a provider set the https address of the proxy in front.",
        )


def _answered(url: str, found: Answered) -> Check:
    place = f"{url}/webhooks/{proof.PLACE}"
    if found.ours:
        return ok(Group.SETTINGS, _NAME, f"{url} reaches this gateway")
    if found.status in _REDIRECTED:
        said = f"{place} answers {found.status}, and sends whoever calls to {_shown(found.location)}: callbacks don't follow that, and are signed for the address that was called."
        return mend(Group.SETTINGS, _NAME, said, "Set HELIOGRAPH_PUBLIC_URL to the address where it ends.")
    if found.ours is None:
        return note(
            Group.SETTINGS,
            _NAME,
            f"{url} answers {found.status}; whether that is this gateway can't be told without its keys.",
            "Start it once with `heliograph serve`, then run `heliograph doctor` again.",
        )
    return mend(
        Group.SETTINGS,
        _NAME,
        f"{place} answers {found.status}, and not as this gateway would: another one is there, or one with other keys, or a proxy that "
        "answers by itself.",
        f"Have it lead here: in the proxy pass {urlsplit(url).path}/webhooks/ on to where `heliograph serve` listens, with headers and "
        "paths as they are. Or mend HELIOGRAPH_PUBLIC_URL.",
    )


def _clock(url: str, ahead: timedelta) -> Check:
    off = abs(ahead)
    said = f"{off.total_seconds():.0f} s from the clock behind {url}"
    if off <= MOST_SKEW:
        return ok(Group.CLOCK, "clock", said)
    return mend(
        Group.CLOCK, "clock", f"{said}.", "Let this machine follow a time server: timedatectl set-ntp true"
    )


def _ahead(date: str | None) -> timedelta | None:
    try:
        return None if date is None else datetime.now(UTC) - parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None


def _shown(location: str | None) -> str:
    """Where it goes to, without what may be a secret in its query."""
    return "elsewhere" if location is None else location.partition("?")[0]


def _unreached(url: str, error: httpx.HTTPError) -> Unreached:
    host = urlsplit(url).hostname
    causes = list(_causes(error))
    if any(isinstance(one, socket.gaierror) for one in causes):
        said = f"the name {host} of HELIOGRAPH_PUBLIC_URL leads to no address."
        return Unreached(
            said,
            f"Make its record where {host} is kept, or mend HELIOGRAPH_PUBLIC_URL. Look with: getent hosts {host}",
        )
    trouble = next((one for one in causes if isinstance(one, ssl.SSLError)), None)
    if trouble is not None:
        why = getattr(trouble, "verify_message", "") or getattr(trouble, "reason", None) or "no TLS"
        said = f"{url} has no TLS that a provider would trust ({why})."
        return Unreached(
            said, f"Renew the certificate of the proxy in front. Look with: curl -v {url}/healthz"
        )
    if isinstance(error, httpx.TimeoutException):
        said = f"{url} does not answer within {SECONDS:g} s."
        return Unreached(
            said,
            "See that a firewall lets it through, and that the proxy in front passes it on to `heliograph serve`.",
        )
    said = f"{url} can't be reached ({type(error).__name__})."
    return Unreached(
        said, "Start `heliograph serve` behind it, or mend HELIOGRAPH_PUBLIC_URL or the proxy in front."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
