"""Webhooks: what a status callback says, how a webhook is signed, how often it is tried, and where it may go.

A stand-in must not send made-up news into the world: a webhook goes to loopback, plain or TLS, and elsewhere
only by https and only when that was allowed. Redirects are followed as Twilio follows them (a POST becomes a
GET), under the same rule.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio
import httpx

from destinations.twilio_engage.simulator.errors import meaning
from destinations.twilio_engage.simulator.message import API_VERSION, Called, Message
from destinations.twilio_engage.simulator.overrides import Overrides
from destinations.twilio_engage.simulator.signature import sign
from destinations.twilio_engage.simulator.urls import is_loopback
from destinations.twilio_engage.simulator.ways import LATE_SECONDS, Way, Ways

_CLIENT_ERRORS, _SERVER_ERRORS = 400, 500
_MOST_AT_ONCE = 32  # the others wait for their turn, and their time-outs with them
_CHANNEL_INSTALL_SID = f"XE{51:032d}"


class RemoteCallbackError(Exception):
    """The callback would leave this machine, and the stand-in was not told that it may."""


class Callbacks:
    """Posts signed webhooks.

    `transport` replaces the network. `copies`: how often each is sent; 0 loses them all, 2 repeats each. `ways`: which of them go
    another way.
    """

    def __init__(
        self,
        *,
        allow_remote: bool,
        transport: httpx.AsyncBaseTransport | None,
        new_id: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.copies = 1
        self.ways = Ways()
        self._overtaken: dict[str, tuple[str, list[tuple[str, str]], datetime]] = {}
        self._sleep = sleep
        self._allow_remote = allow_remote
        self._transport = transport
        self._new_id = new_id
        self._served: tuple[httpx.AsyncClient, anyio.CapacityLimiter] | None = None
        self._tls: ssl.SSLContext | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep one client, and its connections, for as long as the stand-in is served."""
        async with self._new_client() as client:
            self._served = client, anyio.CapacityLimiter(_MOST_AT_ONCE)
            try:
                yield
            finally:
                self._served = None

    async def announce(self, message: Message, status: str, now: datetime) -> None:
        """Post `status` to the message's callback, if it has one; how it went is noted on the message."""
        way, pairs = self.ways.of(message.draft.to.text), parameters(message, status, now)
        if way is Way.NEVER:
            return
        if way is Way.LATE:
            await self._sleep(LATE_SECONDS)
        if way is Way.REORDERED and message.ahead and message.sid not in self._overtaken:
            self._overtaken[message.sid] = status, pairs, now
            return
        for _ in range(2 if way is Way.DOUBLED else 1):
            await self.call(message, status, pairs, now)
        overtaken = self._overtaken.pop(message.sid, None)
        if overtaken is not None:
            await self.call(message, *overtaken)

    async def call(self, message: Message, status: str, pairs: list[tuple[str, str]], now: datetime) -> None:
        """Post `pairs` to the message's callback, if it has one; how it went is noted on the message."""
        url = message.draft.callback
        if url is None:
            return
        token = self._new_id()
        for _ in range(self.copies):
            result, tries = await self._post(url, pairs, message.draft.account.auth_token, token)
            message.calls.append(Called(status, url, now, result, tries))

    async def _post(
        self, url: str, pairs: list[tuple[str, str]], auth_token: str, token: str
    ) -> tuple[str, int]:
        target, overrides = url.partition("#")[0], Overrides.read_from(url)
        headers = {
            "X-Twilio-Signature": sign(auth_token, target, pairs),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "Heliograph-Simulator",
        }
        timeout = httpx.Timeout(overrides.read, connect=overrides.connect)
        result, tries = "no answer in time", 0
        async with self._a_client() as client:
            with anyio.move_on_after(overrides.total):
                while tries <= overrides.retries:
                    tries += 1
                    result, retry_as = await _try(client, target, dict(pairs), headers, timeout)
                    if not overrides.allows_retry(retry_as):
                        break
        return result, tries

    @asynccontextmanager
    async def _a_client(self) -> AsyncIterator[httpx.AsyncClient]:
        if self._served is None:
            async with self._new_client() as client:
                yield client
        else:
            client, places = self._served
            async with places:
                yield client

    def _new_client(self) -> httpx.AsyncClient:
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        return httpx.AsyncClient(
            transport=self._transport,
            verify=self._tls,
            trust_env=False,  # a proxy of the environment would take the callback off this machine
            follow_redirects=True,
            event_hooks={"request": [self._guard]},
        )

    async def _guard(self, request: httpx.Request) -> None:
        remote_is_fine = self._allow_remote and request.url.scheme == "https"
        if not (is_loopback(request.url.host) or remote_is_fine):
            raise RemoteCallbackError


async def _try(
    client: httpx.AsyncClient,
    url: str,
    form: dict[str, str],
    headers: dict[str, str],
    timeout: httpx.Timeout,  # noqa: ASYNC109 - httpx tells connecting from reading, anyio cannot
) -> tuple[str, str | None]:
    """What came of one request, and its kind in the words of `rp`; None for what is never tried again."""
    try:
        answer = await client.post(url, data=form, headers=headers, timeout=timeout)
    except RemoteCallbackError:
        return "not sent: the callback is not on loopback", None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return _describe(error), _kind_of_error(error)
    return str(answer.status_code), _kind_of_answer(answer)


def parameters(message: Message, status: str, now: datetime) -> list[tuple[str, str]]:
    """The form of a status callback: the standard names, those of a channel or a failure where they apply."""
    draft = message.draft
    pairs = [
        ("MessageSid", message.sid),
        ("SmsSid", message.sid),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("AccountSid", draft.account.sid),
        ("To", draft.to.text),
        ("ApiVersion", API_VERSION),
    ]
    if message.from_ is not None:
        pairs.append(("From", message.from_))
    if draft.sender.service is not None:
        pairs.append(("MessagingServiceSid", draft.sender.service.sid))
    if status in {"failed", "undelivered"} and message.error_code is not None:
        pairs.append(("ErrorCode", str(message.error_code)))
    if draft.to.channel != "sms":
        pairs += _of_channel(message, status)
    elif status in {"delivered", "undelivered"}:
        pairs.append(("RawDlrDoneDate", now.strftime("%y%m%d%H%M")))
    return pairs


def _of_channel(message: Message, status: str) -> list[tuple[str, str]]:
    to = message.draft.to
    pairs = [
        ("ChannelInstallSid", _CHANNEL_INSTALL_SID),
        ("ChannelPrefix", to.channel),
        ("ChannelToAddress", to.number[:-4] + "XXXX"),
    ]
    if status in {"delivered", "undelivered", "read"}:
        pairs.append(("EventType", status.upper()))
    if status in {"failed", "undelivered"} and message.error_code is not None:
        pairs.append(("ChannelStatusMessage", meaning(message.error_code)))
    return pairs


def _describe(error: Exception) -> str:
    return type(error).__name__ + (f": {error}" if str(error) else "")


def _kind_of_error(error: Exception) -> str:
    """The word for a failure; one that has none is retried only for "all"."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "ct"
    return "rt" if isinstance(error, httpx.ReadTimeout) else ""


def _kind_of_answer(answer: httpx.Response) -> str | None:
    if answer.status_code >= _SERVER_ERRORS:
        return "5xx"
    return "4xx" if answer.status_code >= _CLIENT_ERRORS else None
