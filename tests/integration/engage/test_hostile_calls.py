"""What is written to break whoever reads it: each has its own answer and its own count, and changes nothing that stands."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from sqlalchemy import Connection, func, select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations.kit import MessageStatus
from destinations.twilio_engage.simulator import AUTH_TOKEN, SENDER
from gateway import metrics
from gateway.storage import attempts, deliveries, destinations, tables, unmatched
from gateway.storage.engine import open_store
from gateway.webhooks.endpoints import WebhookApp
from tests import databases, factories
from tests.integration.engage.wired import Wired

BASE = "https://texts.example.com"
STATUS, INBOUND = "/webhooks/dst_twilio/status", "/webhooks/dst_twilio/inbound"
OTHERS = "/webhooks/dst_other/status"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NOBODYS, THEIRS = "SM" + "f" * 32, "SM" + "e" * 32
OTHER_TOKEN = "t0ken of another account"
STRANGE_TIMES = ("-1", "0000000000", "9999999999", "99999999999999999999999", "NaN", "1e400", "\u0660", "")
LAST = f"MessageSid={NOBODYS}&MessageStatus=sent".encode()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(
    request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("hostile") / "heliograph.db"
        file.write_bytes(migrated.read_bytes())
        yield f"sqlite:///{file}"
        return
    with databases.database("hostile_calls", request.getfixturevalue("postgresql_server")) as made:
        assert made is not None
        yield made


@pytest.fixture(scope="module")
async def wired(
    anyio_backend: str, address: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Wired]:
    """A text that Twilio has, to a person who agreed; and beside it another account, which has a text too."""
    made = Wired(await open_store(address), tmp_path_factory.mktemp("wired"))
    await made.configure()
    await made.happen(await made.person(), "sendSms")
    now = made.clock.now()

    def add_other(connection: Connection) -> None:
        settings = {"accountSid": "AC" + "e" * 32, "authToken": OTHER_TOKEN}
        there = factories.destination(id="dst_other", definition="twilio-engage", settings=settings)
        destinations.add(connection, there, made.secrets)
        deliveries.add(connection, [factories.new_delivery(id="dlv_other", destination_id="dst_other")], now)
        row = {"id": "dlv_other", "status": "ACCEPTED", "message_sid": THEIRS, "attempt_count": 1}
        deliveries.change(connection, [{**row, "message_status": MessageStatus.QUEUED}], now)

    await made.store.write(add_other)
    made.services.workspace.invalidate()
    yield made
    await made.close()


@dataclass(frozen=True)
class Call:
    """What is sent, with what is signed where that differs. `status` is what is answered, and `counts` names the results that grow by one."""

    body: bytes | list[bytes]
    status: int
    counts: str | None = None
    path: str = STATUS
    content_type: str = FORM
    signed: str | None = None
    token: str = AUTH_TOKEN
    headers: dict[str, str] = field(default_factory=dict)
    unmatched: int = 0


def digested(body: bytes) -> str:
    return f"{STATUS}?bodySHA256={hashlib.sha256(body).hexdigest()}"


def as_json(said: Any, **changes: Any) -> Call:
    """A call in JSON, whose address has the digest of the body and is all that is signed."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    kept: dict[str, Any] = {"status": 204, "path": digested(body), "content_type": JSON}
    return Call(body, **(kept | changes))


def unknown(body: bytes | list[bytes], **changes: Any) -> Call:
    """A call that can be read, about a message that nobody knows: kept as unmatched."""
    return Call(body, 204, "unknown", unmatched=1, **changes)


SAID = {"MessageSid": NOBODYS, "MessageStatus": "sent"}
SMUGGLED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "texts.example.com",
    "Forwarded": "for=127.0.0.1;host=texts.example.com;proto=https",
}
CALLS = {
    # JSON, signed by its digest
    "JSON": as_json(SAID, counts="unknown", unmatched=1),
    "JSON that was changed on the way": Call(
        json.dumps({**SAID, "MessageStatus": "delivered"}).encode(),
        403,
        "refused",
        digested(json.dumps(SAID).encode()),
        JSON,
    ),
    "JSON with half of a character": as_json(
        b'{"MessageSid":"%s","MessageStatus":"sent","To":"\\ud800","From":"\\udfff"}' % NOBODYS.encode(),
        counts="unknown",
        unmatched=1,
    ),
    "JSON with half of a character for an id": as_json(
        b'{"MessageSid":"\\ud800","MessageStatus":"sent"}', status=400, counts="unreadable"
    ),
    "JSON with half of a character for a person": as_json(
        b'{"MessageSid":"%s","MessageStatus":"failed","ErrorCode":"21610","To":"\\ud800"}' % NOBODYS.encode(),
        counts="unknown",
        unmatched=1,
    ),
    "JSON in which the SID is an object": as_json(
        {**SAID, "MessageSid": {"a": 1}}, status=400, counts="unreadable"
    ),
    "JSON whose code is beyond all numbers": as_json(
        b'{"MessageSid":"%s","MessageStatus":"failed","ErrorCode":1e999}' % NOBODYS.encode(),
        status=400,
        counts="unreadable",
    ),
    "JSON that is a list": as_json([SAID], status=400, counts="unreadable"),
    "JSON that is a number of a thousand digits": as_json(b"9" * 5_000, status=400, counts="unreadable"),
    # pieces
    "a body in pieces": unknown([LAST[place : place + 7] for place in range(0, len(LAST), 7)]),
    "a body in pieces without an end": Call([b"a=" + b"b" * 8_000] * 10, 413, "too_large"),
    "a body of nothing but ampersands": Call(b"&" * 60_000, 204, "silent"),
    # what is no form
    "broken percent signs": Call(b"MessageSid=%ZZ%4&MessageStatus=sent&%=%", 400, "unreadable"),
    "percent signs that are broken beside what counts": unknown(LAST + b"&%zz=%&To=%4&From=%%%"),
    "U+0000 in every value": Call(b"MessageSid=%00&MessageStatus=%00&From=%00&To=%00", 400, "unreadable"),
    "U+0000 beside what counts": unknown(LAST + b"&To=%00%2B1&From=%00&ChannelStatusMessage=%00"),
    "what is no UTF-8": unknown(b"To=%FF%FE\xff&From=\xc3&" + LAST),
    "a byte order mark": Call(b"\xef\xbb\xbf" + LAST, 204, "silent"),
    "ten thousand parameters": unknown(b"&".join([b"p=1"] * 10_000) + b"&" + LAST),
    "a parameter twice": unknown(f"MessageSid={THEIRS}&MessageStatus=delivered&".encode() + LAST),
    "a number longer than Python reads": Call(
        LAST.replace(b"=sent", b"=failed") + b"&ErrorCode=" + b"9" * 5_000, 400, "unreadable"
    ),
    "digits of another script for a code": Call(
        LAST.replace(b"=sent", b"=failed") + "&ErrorCode=٣٠٠٠٣".encode(), 400, "unreadable"
    ),
    # times
    **{
        f"sent at {time!r}": unknown(LAST + b"&" + urlencode({"RawDlrDoneDate": time}).encode())
        for time in STRANGE_TIMES
    },
    # whose it is
    "the message of another account": Call(
        f"MessageSid={THEIRS}&MessageStatus=delivered".encode(), 204, "unknown", unmatched=1
    ),
    "the delivery of another account": Call(
        f"MessageSid={THEIRS}&MessageStatus=delivered".encode(),
        204,
        "unknown",
        f"{STATUS}?delivery=dlv_other",
        unmatched=1,
    ),
    "a call to another account, signed by this one": Call(
        f"MessageSid={THEIRS}&MessageStatus=delivered".encode(), 403, "refused", OTHERS
    ),
    "a call of another account, sent on to this one": Call(
        LAST, 403, "refused", token=OTHER_TOKEN, signed=f"{BASE}{OTHERS}"
    ),
    # headers
    "an address that only the headers have": Call(
        LAST,
        403,
        "refused",
        OTHERS,
        signed=f"{BASE}{STATUS}",
        headers={**SMUGGLED, "X-Forwarded-Prefix": "/webhooks/dst_twilio/status", "X-Original-URL": STATUS},
    ),
    "headers that say it is from this machine": Call(
        LAST, 403, "refused", token="guessed", headers={**SMUGGLED, "X-Real-IP": "127.0.0.1"}
    ),
    "another method in a header": Call(
        LAST, 403, "refused", token="guessed", headers={"X-HTTP-Method-Override": "GET"}
    ),
    "a signature that is no ASCII": Call(LAST, 403, "refused", headers={"X-Twilio-Signature": "é" * 99}),
    "a signature without an end": Call(LAST, 403, "refused", headers={"X-Twilio-Signature": "A" * 60_000}),
    "an empty signature": Call(LAST, 403, "refused", headers={"X-Twilio-Signature": ""}),
    "an algorithm that is none": Call(
        LAST, 403, "refused", headers={"X-Twilio-Webhooks-Signature-Settings": "algorithm=none"}
    ),
    "an algorithm that is not read": Call(
        LAST, 403, "refused", headers={"X-Twilio-Webhooks-Signature-Settings": ",=,;algorithm"}
    ),
    # nowhere
    "a destination that is none": Call(LAST, 404, "no_destination", "/webhooks/dst_none/status"),
    "a destination with a dot": Call(LAST, 404, "no_destination", "/webhooks/%2e%2e/status"),
    "a destination with U+0000": Call(LAST, 404, "no_destination", "/webhooks/%00/status"),
    "a key where none is": unknown(LAST, path="/webhooks/dst_twilio/0123/status"),
    # what a person wrote
    "a person's message from the future and beyond": Call(
        urlencode(
            {
                "MessageSid": NOBODYS.replace("f", "d"),
                "From": "+99999999999999999999",
                "To": SENDER,
                "Body": "STOP" + "\x00" * 99,
                "NumMedia": "-5",
                "MediaUrl0": "javascript:" + "x" * 9_000,
                "MediaContentType0": "\x00" * 900,
            }
        ).encode(),
        200,
        "inbound and unmatched",
        INBOUND,
        unmatched=1,
    ),
}


class Several(dict[str, str]):
    """A form whose names may come more than once, as Twilio's validator takes it."""

    def __init__(self, said: list[tuple[str, str]]) -> None:
        super().__init__(said)
        self._said = said

    def getall(self, name: str) -> list[str]:
        return [value for one, value in self._said if one == name]


async def make(wired: Wired, call: Call) -> httpx.Response:
    whole = b"".join(call.body) if isinstance(call.body, list) else call.body
    said = parse_qsl(whole.decode("utf-8", "replace"), keep_blank_values=True)
    form = {} if call.content_type == JSON else Several(said)
    signature = RequestValidator(call.token).compute_signature(call.signed or f"{BASE}{call.path}", form)
    headers = httpx.Headers(
        {"Content-Type": call.content_type, "X-Twilio-Signature": signature} | call.headers, "utf-8"
    )

    async def pieces() -> AsyncIterator[bytes]:
        for piece in call.body if isinstance(call.body, list) else [call.body]:
            yield piece

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(WebhookApp(wired.services)), base_url="http://inside"
    ) as client:
        content = pieces() if isinstance(call.body, list) else whole
        return await client.post(call.path, content=content, headers=headers)


async def everything(wired: Wired) -> dict[str, list[Any]]:
    """All that stands, beside what was kept of the calls themselves."""
    kept = (
        tables.deliveries,
        tables.consent_history,
        tables.conversations,
        tables.jobs,
        tables.destinations,
    )

    def read(connection: Connection) -> dict[str, list[Any]]:
        return {one.name: sorted(map(repr, connection.execute(select(one)).all())) for one in kept}

    return await wired.store.read(read)


async def callbacks(wired: Wired) -> int:
    """How many calls are in the timelines of texts."""
    count = select(func.count()).select_from(tables.status_callbacks)
    return await wired.store.read(lambda c: c.scalar(count) or 0)


async def unmatched_calls(wired: Wired) -> int:
    return len((await wired.store.read(lambda c: unmatched.page(c, "default", 200, None))).items)


def counted() -> dict[str, float]:
    """How many calls had which result so far."""
    return {
        sample.labels["result"]: sample.value
        for one in metrics.CALLBACKS.collect()
        for sample in one.samples
        if sample.name.endswith("_total")
    }


@pytest.mark.parametrize("name", CALLS)
async def test_it_is_answered_and_counted_and_nothing_that_stands_changes(wired: Wired, name: str) -> None:
    call, before = CALLS[name], await everything(wired)
    kept, counts, timeline = await unmatched_calls(wired), counted(), await callbacks(wired)

    answer = await make(wired, call)

    after = counted()
    grown = {result: after[result] - counts.get(result, 0) for result in after}
    assert answer.status_code == call.status, answer.text
    assert {result: many for result, many in grown.items() if many} == dict.fromkeys(
        call.counts.split(" and ") if call.counts else (), 1
    )
    assert await unmatched_calls(wired) == kept + call.unmatched
    assert await everything(wired) == before
    assert await callbacks(wired) == timeline


async def test_a_call_that_is_replayed_is_kept_and_moves_nothing(wired: Wired) -> None:
    sid = (await wired.delivery()).message_sid
    said = {
        word: f"MessageSid={sid}&MessageStatus={word}".encode() for word in ("delivered", "sent", "queued")
    }
    await make(wired, Call(said["delivered"], 204))
    reached, timeline = await everything(wired), await callbacks(wired)

    wired.clock.advance(60)
    answers = [await make(wired, Call(body, 204)) for body in (*said.values(), *said.values())]

    assert [answer.status_code for answer in answers] == [204] * 6
    assert await callbacks(wired) == timeline + 6
    assert await everything(wired) == reached
    assert (await wired.delivery()).message_status is MessageStatus.DELIVERED


async def test_a_time_to_come_in_a_call_is_nobodys_clock(wired: Wired) -> None:
    one = await wired.happen(await wired.person(), "sendSms")
    body = f"MessageSid={one.message_sid}&MessageStatus=delivered&RawDlrDoneDate=9912312359".encode()

    answer = await make(wired, Call(body, 204))

    (kept,) = await wired.store.read(lambda c: attempts.callbacks_of_many(c, [one.id])[one.id])
    assert answer.status_code == 204
    assert (kept.status, kept.received_at) == (MessageStatus.DELIVERED, wired.clock.now())
    assert (await wired.delivery()).message_status is MessageStatus.DELIVERED
