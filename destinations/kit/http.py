"""Requests and responses as values: a destination builds them, the gateway makes them."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import msgspec
from pydantic import SecretStr

from destinations.kit.form import encode_form

_LONGEST_WAIT = 1e9
"""Seconds. What asks for more asks for that, which any time can be added to."""


class BasicAuth(msgspec.Struct, frozen=True):
    """HTTP Basic credentials, kept apart from the headers so that nothing prints or stores them."""

    username: str
    password: SecretStr

    def __repr__(self) -> str:
        return f"BasicAuth(password={self.password!r})"

    def header(self) -> str:
        """The value of the Authorization header, both parts in UTF-8 (RFC 7617)."""
        pair = f"{self.username}:{self.password.get_secret_value()}"
        return "Basic " + b64encode(pair.encode()).decode("ascii")


class HttpRequest(msgspec.Struct, frozen=True):
    """One request to a provider. `form` is sent in its order, as application/x-www-form-urlencoded; `json`, a value, as
    application/json. It has one of the two at most.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    auth: BasicAuth | None = None
    json: Any = None

    def __post_init__(self) -> None:
        if self.form and self.json is not None:
            raise ValueError("a request has a form or JSON, and not both")

    @property
    def media_type(self) -> str:
        """What the body is, where no header says."""
        return "application/x-www-form-urlencoded" if self.json is None else "application/json"

    @property
    def body(self) -> bytes:
        """The encoded form or JSON; empty where there is neither."""
        if self.json is not None:
            return msgspec.json.encode(self.json)
        return encode_form(self.form).encode("ascii") if self.form else b""


class HttpResponse(msgspec.Struct, frozen=True):
    """What came back, wholly read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  the class of HTTP statuses that says yes

    def json(self) -> Any | None:
        """The body as JSON, or None where it is not JSON (a proxy's HTML page, a cut answer)."""
        try:
            return msgspec.json.decode(self.body)  # in a third of the time
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass  # stricter than others, on NaN and half characters
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def reason_phrase(status: int) -> str:
    """The standard's words for a status, such as `Not Found`; `HTTP 599` where it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP {status}"


def moment(text: str) -> datetime | None:
    """A time as HTTP and mail write it (RFC 9110, 5.6.7), in UTC where it has no zone; None for what is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def retry_after(said: str, asked: datetime | None) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3); None where it says nothing that can be read. A date counts
    from when it was `asked`, where that is known.
    """
    said = said.strip()
    if said.isascii() and said.isdecimal():
        return min(float(said), _LONGEST_WAIT)
    until = moment(said)
    if until is None or asked is None:
        return None
    return min(max(0.0, (until - asked).total_seconds()), _LONGEST_WAIT)
