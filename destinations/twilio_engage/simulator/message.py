"""A message as the stand-in holds it, and as Twilio's API shows it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from destinations.twilio_engage import segments
from destinations.twilio_engage.simulator.draft import Draft
from destinations.twilio_engage.simulator.errors import TwilioError, meaning
from destinations.twilio_engage.simulator.form import Form

API_VERSION = "2010-04-01"
PRICE_PER_SEGMENT = 0.0075  # US dollars


@dataclass(frozen=True, slots=True)
class Called:
    """One status callback: `result` is the HTTP status as text, or why there was none; `tries` counts
    requests made.
    """

    status: str
    url: str
    at: datetime
    result: str
    tries: int


@dataclass(slots=True)
class Message:
    """`ahead`: the statuses to come, `failure`: the error code if they end badly. `settled`: whether both stay;
    those of a scheduled message are seen when its time comes. `from_` is None until a service has chosen.
    `received_at`: when its request came, which may be before it was created.
    `version` is the Store's.
    """

    sid: str
    draft: Draft
    received: Form
    received_at: datetime
    created: datetime
    body: str
    status: str
    ahead: deque[str]
    failure: int | None
    from_: str | None
    segments: int
    updated: datetime
    sent: datetime | None = None
    error_code: int | None = None
    inbound: bool = False
    settled: bool = True
    deleted: bool = False
    version: int = 0
    history: list[tuple[str, datetime]] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.draft.account.sid}/Messages/{self.sid}.json"

    def due(self, now: datetime) -> bool:
        """Whether the next status may come: there is one, and a scheduled message's time is here."""
        waits = self.status == "scheduled" and self.draft.send_at is not None and now < self.draft.send_at
        return bool(self.ahead) and not waits

    def is_priced(self, now: datetime, lag: float) -> bool:
        """Whether its price is known, `lag` seconds after its last status; without a lag from the first on."""
        _status, ended = self.history[-1]
        return lag == 0 or (not self.ahead and now >= ended + timedelta(seconds=lag))

    def settle(self, path: Iterable[str], failure: int | None) -> None:
        """Decide how it goes on from here."""
        self.ahead = deque(path)
        self.failure = failure
        self.settled = True

    def move(self, now: datetime) -> str:
        """Take the next status and what comes with it: a service's sender, time and price, the error."""
        return self.take(self.ahead.popleft(), now)

    def take(self, status: str, now: datetime) -> str:
        self.status = status
        self.updated = now
        self.history.append((status, now))
        if self.from_ is None and status == "queued":
            self.from_ = self.draft.sender.settle(self.draft.to)
        if status == "sent":
            self.sent = now
        if status in {"failed", "undelivered"}:
            self.error_code = self.failure
        return status

    def cancel(self, now: datetime) -> None:
        """Cancel a scheduled message; raises TwilioError 30409 for any other."""
        if self.status != "scheduled":
            raise TwilioError(30409)
        self.ahead.clear()
        self.take("canceled", now)

    def redact(self, now: datetime) -> None:
        self.body = ""
        self.updated = now


def compose(
    draft: Draft,
    received: Form,
    path: Iterable[str],
    failure: int | None,
    *,
    sid: str,
    received_at: datetime,
    now: datetime,
) -> Message:
    """A new message with its first status; `path` comes after it, `failure` is the code if it fails.

    The first status is queued, accepted when a service sends, scheduled when it is to wait.
    """
    content, service = draft.content, draft.sender.service
    status = "scheduled" if draft.send_at else "accepted" if service else "queued"
    return Message(
        sid=("MM" if content.media or draft.as_mms else "SM") + sid,
        draft=draft,
        received=received,
        received_at=received_at,
        created=now,
        body=content.body,
        status=status,
        ahead=deque(path),
        failure=failure,
        from_=draft.sender.address,
        segments=segments.count(content.body, smart=draft.smart_encoded).segments,
        updated=now,
        history=[(status, now)],
    )


def arrived(draft: Draft, pairs: Form, *, sid: str, now: datetime) -> Message:
    """A message that a person sent to the account; `pairs` are the parameters of its webhook."""
    return Message(
        sid=sid,
        draft=draft,
        received=pairs,
        received_at=now,
        created=now,
        body=draft.content.body,
        status="received",
        ahead=deque(),
        failure=None,
        from_=draft.sender.address,
        segments=segments.count(draft.content.body).segments,
        updated=now,
        sent=now,
        inbound=True,
        history=[("received", now)],
    )


def resource(message: Message, *, priced: bool = True) -> dict[str, Any]:
    """The message resource of Twilio's API. num_segments is "0" and from null until a service has chosen its
    sender; price is null until it was sent, and until it is `priced`.
    """
    account_sid, service = message.draft.account.sid, message.draft.sender.service
    base = message.uri.removesuffix(".json")
    has_price = priced and message.sent and not message.inbound
    price = f"{-PRICE_PER_SEGMENT * message.segments:.5f}" if has_price else None
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": format_datetime(message.created),
        "date_sent": format_datetime(message.sent) if message.sent else None,
        "date_updated": format_datetime(message.updated),
        "direction": "inbound" if message.inbound else "outbound-api",
        "error_code": message.error_code,
        "error_message": meaning(message.error_code) if message.error_code else None,
        "from": message.from_,
        "messaging_service_sid": service.sid if service else None,
        "num_media": str(len(message.draft.content.media)),
        "num_segments": str(message.segments) if message.from_ else "0",
        "price": price,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{base}/Media.json", "feedback": f"{base}/Feedback.json"},
        "to": message.draft.to.text,
        "uri": message.uri,
    }
