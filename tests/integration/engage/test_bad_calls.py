"""What comes signed and makes no sense, or comes unsigned: refused, or kept as unmatched; never a 500, never a state change."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations.twilio_engage.simulator import AUTH_TOKEN, SENDER
from gateway.deliveries import Delivery
from gateway.storage import unmatched
from gateway.storage.engine import open_store
from gateway.webhooks.endpoints import WebhookApp
from tests.integration.engage.wired import Wired

BASE = "https://texts.example.com"
STATUS, INBOUND = "/webhooks/dst_twilio/status", "/webhooks/dst_twilio/inbound"
SID = "SM" + "f" * 32
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def wired(anyio_backend: str, address: str, tmp_path: Path) -> AsyncIterator[Wired]:
    made = Wired(await open_store(address), tmp_path)
    await made.configure()
    yield made
    await made.close()


@dataclass(frozen=True)
class Call:
    """A form, or any `body`; what is answered, and whether it is kept as unmatched."""

    form: dict[str, str] = field(default_factory=dict)
    path: str = STATUS
    status: int = 204
    unmatched: bool = False
    body: bytes | None = None
    content_type: str = FORM
    method: str = "POST"


CALLS = {
    "nothing": Call(),
    "a message nobody sent": Call({"MessageSid": SID, "MessageStatus": "delivered"}, unmatched=True),
    "a delivery nobody made": Call(
        {"MessageSid": SID, "MessageStatus": "sent"}, f"{STATUS}?delivery=dlv_nobody", unmatched=True
    ),
    "two deliveries": Call(
        {"MessageSid": SID, "MessageStatus": "sent"}, f"{STATUS}?delivery=a&delivery=b", unmatched=True
    ),
    "a delivery with U+0000": Call(
        {"MessageSid": SID, "MessageStatus": "sent"}, f"{STATUS}?delivery=%00", unmatched=True
    ),
    "a delivery that is too long": Call(
        {"MessageSid": SID, "MessageStatus": "sent"}, f"{STATUS}?delivery={'d' * 4000}", unmatched=True
    ),
    "a time to come": Call(
        {"MessageSid": SID, "MessageStatus": "delivered", "RawDlrDoneDate": "9912312359"}, unmatched=True
    ),
    "a status nobody knows": Call({"MessageSid": SID, "MessageStatus": "teleported"}),
    "no SID": Call({"MessageStatus": "sent"}),
    "a SID that is none": Call({"MessageSid": "S" * 5000, "MessageStatus": "sent"}, status=400),
    "a SID with U+0000": Call({"MessageSid": "SM\x00", "MessageStatus": "sent"}, status=400),
    "an error that is no number": Call(
        {"MessageSid": SID, "MessageStatus": "failed", "ErrorCode": "x" * 500}, status=400
    ),
    "addresses without end": Call(
        {"MessageSid": SID, "MessageStatus": "sent", "From": "f" * 9000, "To": "\x00" * 9}, unmatched=True
    ),
    "a stop of nobody": Call(
        {"MessageSid": SID, "MessageStatus": "failed", "ErrorCode": "21610", "To": "nobody", "From": SENDER},
        unmatched=True,
    ),
    "no form": Call(body=b"\xff\x00{[=&&&=%%%", content_type="application/octet-stream"),
    "JSON that is none": Call(body=b"{", content_type="application/json", status=400),
    "JSON in JSON without end": Call(body=b"[" * 60_000, content_type="application/json", status=400),
    "too many bytes": Call(body=b"a=" + b"b" * 70_000, status=413),
    "as many fields as fit": Call(body=b"&".join([b"a=1"] * 15_000)),
    "a message without anything": Call(path=INBOUND, status=200),
    "a message from nobody": Call(
        {"MessageSid": SID, "From": "\x00", "To": SENDER, "Body": "Hello"}, INBOUND, 200, unmatched=True
    ),
    "a message to nobody": Call({"MessageSid": SID, "From": "+12025550142"}, INBOUND, 200),
    "a sender that is none": Call(
        {"MessageSid": SID, "From": "+12025550142", "To": "t" * 500, "Body": "STOP"}, INBOUND, 400
    ),
    "a service that is none": Call(
        {"MessageSid": SID, "From": "+12025550142", "To": SENDER, "MessagingServiceSid": "m" * 99},
        INBOUND,
        400,
    ),
    "a reply to what is none": Call(
        {"MessageSid": SID, "From": "+12025550142", "To": SENDER, "OriginalRepliedMessageSid": "\x00"},
        INBOUND,
        400,
    ),
    "a status where messages go": Call({"MessageSid": SID, "MessageStatus": "sent"}, INBOUND, 400),
    "a message where statuses go": Call({"MessageSid": SID, "Body": "STOP", "From": "+1"}, STATUS, 400),
    "another method": Call(method="DELETE", status=405),
    "a destination nobody made": Call({"MessageSid": SID}, "/webhooks/dst_none/status", 404),
}


class Several(dict[str, str]):
    """A form whose names may come more than once, as Twilio's validator takes it."""

    def __init__(self, said: list[tuple[str, str]]) -> None:
        super().__init__(said)
        self._said = said

    def getall(self, name: str) -> list[str]:
        return [value for one, value in self._said if one == name]


async def make(wired: Wired, call: Call, *, signed: bool = True) -> httpx.Response:
    body = urlencode(call.form).encode() if call.body is None else call.body
    said = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    form = Several(said)
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{BASE}{call.path}", form)
    headers = {"Content-Type": call.content_type}
    if signed:
        headers["X-Twilio-Signature"] = signature
    app = WebhookApp(wired.services)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:
        return await client.request(call.method, call.path, content=body, headers=headers)


async def standing(wired: Wired, number: str) -> tuple[Delivery, list[object]]:
    return await wired.delivery(), [await wired.stops(number)]


async def test_what_makes_no_sense_is_refused_or_kept_and_changes_nothing(wired: Wired) -> None:
    number = await wired.person()
    sent = await wired.happen(number, "sendSms")
    before = await standing(wired, number)
    found = {}
    for name, call in CALLS.items():
        count = await kept(wired)
        answer = await make(wired, call)
        found[name] = (answer.status_code, await kept(wired) - count)

    assert sent.message_sid is not None
    assert found == {name: (call.status, int(call.unmatched)) for name, call in CALLS.items()}
    assert await standing(wired, number) == before


async def test_what_is_unsigned_is_refused_before_it_is_read(wired: Wired) -> None:
    count = await kept(wired)
    earlier = (404, 405, 413)
    found = {
        name: (await make(wired, call, signed=False)).status_code
        for name, call in CALLS.items()
        if call.status not in earlier
    }

    assert set(found.values()) == {403}
    assert await kept(wired) == count


async def kept(wired: Wired) -> int:
    page = await wired.store.read(lambda c: unmatched.page(c, "default", 100, None))
    return len(page.items)
