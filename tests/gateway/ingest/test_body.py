"""How a body comes in: packed, labelled, in parts, too large."""

import gzip
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from gateway.ingest.endpoints import IngestApp
from gateway.ingest.limits import BATCH_BYTES, GZIP_MEMBERS, LINGER_BYTES
from tests.factories import track

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

OK = b'{"success":true}'
BATCH = b'{"batch":[{"type":"track","event":"A","userId":"u"}]}'


def refusal(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "message": message}


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
async def test_a_gzip_is_unpacked(api: "Api", encoding: str) -> None:
    body = gzip.compress(BATCH, mtime=0)

    assert (await api.post(body=body, content_encoding=encoding)).content == OK
    assert len(await api.taken()) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            gzip.compress(b"{}" * 100, mtime=0)[:-9],
            "The gzip body is cut short. Nothing of it was kept: send it again.",
        ),
        (b"", "The gzip body is cut short. Nothing of it was kept: send it again."),
        (
            gzip.compress(b"{}", mtime=0) + b"{}",
            "The gzip body has more behind its end. Nothing of it was kept: send it again.",
        ),
    ],
)
async def test_a_gzip_that_is_not_whole_is_refused(api: "Api", body: bytes, message: str) -> None:
    answer = await api.post(body=body, content_encoding="gzip")

    assert (answer.status_code, answer.json()) == (400, refusal("bad_gzip", message))
    assert await api.taken() == []


@pytest.mark.parametrize("size", [1, 2, 17, 10_000])
async def test_several_gzips_in_a_row_are_one_body(api: "Api", size: int) -> None:
    packed = b"".join(gzip.compress(BATCH[at : at + 9], mtime=0) for at in range(0, len(BATCH), 9))
    parts = [packed[at : at + size] for at in range(0, len(packed), size)]
    messages = iter([{"type": "http.request", "body": part, "more_body": True} for part in parts])

    async def receive() -> Any:
        return next(messages, {"type": "http.request"})

    start, body = await api.call(receive, IngestApp(api.world.services))

    assert (start["status"], body["body"]) == (200, OK)
    assert [len(request.events) for request in await api.taken()] == [1]


@pytest.mark.parametrize(("more", "status"), [(GZIP_MEMBERS - 1, 200), (GZIP_MEMBERS, 400)])
async def test_so_many_gzips_in_a_row_are_taken_and_no_more(api: "Api", more: int, status: int) -> None:
    answer = await api.post(body=gzip.compress(BATCH, mtime=0) + gzip.compress(b"", mtime=0) * more)

    assert answer.status_code == status


@pytest.mark.parametrize("before", [b"", b" ", b"\r\n\t", b"\xef\xbb\xbf"])
async def test_plain_json_that_is_called_a_gzip_is_taken(api: "Api", before: bytes) -> None:
    answer = await api.post(body=before + BATCH, content_encoding="gzip")

    assert answer.status_code == 200
    assert [len(request.events) for request in await api.taken()] == [1]


async def test_what_is_no_gzip_is_refused(api: "Api") -> None:
    answer = await api.post(body=b"batch", content_encoding="gzip")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_gzip")
    assert await api.taken() == []


async def test_a_gzip_bomb_costs_milliseconds(api: "Api") -> None:
    bomb = gzip.compress(b" " * 300_000_000, compresslevel=9, mtime=0)
    assert len(bomb) < BATCH_BYTES

    async def spent() -> float:
        started = time.process_time()
        answer = await api.post(body=bomb, content_encoding="gzip")
        assert (answer.status_code, answer.json()["code"]) == (400, "request_too_large")
        return time.process_time() - started

    # The best of several, on a machine that does other things.
    assert min([await spent() for _ in range(5)]) < 0.2
    assert await api.taken() == []


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
async def test_another_encoding_is_refused(api: "Api", encoding: str) -> None:
    answer = await api.post(body=b"{}", content_encoding=encoding)

    message = f"Content-Encoding {encoding!r} is not known. Nothing was kept: send gzip or none."
    assert (answer.status_code, answer.json()) == (415, refusal("unsupported_encoding", message))
    assert await api.taken() == []


class Client:
    """Sends these parts; how many were taken from it."""

    def __init__(self, *parts: bytes, ends: bool = True) -> None:
        self._parts = parts
        self._ends = ends
        self.taken = 0

    async def receive(self) -> Any:
        part = self._parts[min(self.taken, len(self._parts) - 1)]
        self.taken += 1
        more = self.taken < len(self._parts) or not self._ends
        return {"type": "http.request", "body": part, "more_body": more}


def ones(body: bytes) -> list[bytes]:
    return [body[at : at + 1] for at in range(len(body))]


def headers(**given: str) -> list[tuple[bytes, bytes]]:
    basic = (b"authorization", b"Basic d2tfb2ZfdGhlX3NlcnZlcl9zb3VyY2U6")
    return [basic, *((name.replace("_", "-").encode(), value.encode()) for name, value in given.items())]


@pytest.mark.parametrize(
    "label", ["application/json", "application/x-www-form-urlencoded", "text/plain", None]
)
async def test_a_gzip_that_nothing_says_is_one_is_unpacked(api: "Api", label: str | None) -> None:
    answer = await api.post(
        "/v1/track", gzip.compress(b'{"event":"A","userId":"u"}', mtime=0), content_type=label
    )

    assert answer.content == OK
    assert [event.name for request in await api.taken() for event in request.events] == ["A"]


async def test_rudder_labels_its_gzip_a_form(api: "Api") -> None:
    answer = await api.post(
        body=gzip.compress(BATCH, mtime=0),
        content_type="application/x-www-form-urlencoded",
        content_encoding="gzip",
    )

    assert answer.content == OK


@pytest.mark.parametrize("encoding", [{}, {"content_encoding": "gzip"}])
async def test_a_gzip_in_parts_of_one_byte_is_put_together(api: "Api", encoding: dict[str, str]) -> None:
    client = Client(*ones(gzip.compress(BATCH, mtime=0)))

    start, body = await api.call(client.receive, IngestApp(api.world.services), headers=headers(**encoding))

    assert (start["status"], body["body"]) == (200, OK)


async def test_a_bomb_is_stopped_where_it_grows_too_large_and_takes_no_memory(api: "Api") -> None:
    bomb = gzip.compress(b" " * 300_000_000, compresslevel=9, mtime=0)
    client = Client(*(bomb[at : at + 1024] for at in range(0, len(bomb), 1024)), b"")
    app = IngestApp(api.world.services)
    tracemalloc.start()
    start, body, _end = await api.call(client.receive, app, headers=headers(content_encoding="gzip"))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert start["status"] == 400
    assert body["body"].startswith(b'{"success":false,"code":"request_too_large"')
    assert most < 4 * BATCH_BYTES
    assert await api.taken() == []


async def test_a_gzip_that_unpacks_to_nothing_ends_at_the_limit_too(api: "Api") -> None:
    head, empty_block = b"\x1f\x8b\x08" + bytes(7), b"\x00\x00\x00\xff\xff"
    client = Client(head, empty_block * 1000, ends=False)

    start, body, _end = await api.call(
        client.receive, IngestApp(api.world.services), headers=headers(content_encoding="gzip")
    )

    assert start["status"] == 400
    assert body["body"].startswith(b'{"success":false,"code":"request_too_large"')
    assert client.taken <= (BATCH_BYTES + LINGER_BYTES) // 5000 + 4


@pytest.mark.parametrize("length", ["512001", "9" * 5000, "000512001"])
async def test_a_body_that_says_it_is_too_long_is_refused_unread(api: "Api", length: str) -> None:
    said: list[str] = []

    async def receive() -> Any:
        said.append("read")
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message["type"] + (" and more" if message.get("more_body") else ""))

    scope = {"type": "http", "method": "POST", "path": "/v1/batch", "headers": headers(content_length=length)}
    await IngestApp(api.world.services)(scope, receive, send)

    assert said == ["http.response.start", "http.response.body and more", "read", "http.response.body"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"authorization": "Basic d2tfbm9ib2R5czo="}, 401),
        ({"authorization": "Basic Og=="}, 401),
        ({"content_encoding": "br"}, 415),
        ({"content_length": "999999"}, 400),
    ],
)
async def test_where_the_headers_are_enough_to_refuse_the_answer_comes_before_the_body_and_ends_the_connection(
    api: "Api", given: dict[str, str], status: int
) -> None:
    client = Client(b"x" * 100)
    merged = dict(headers(content_length="100")) | dict(headers(**given)[1:])
    sent: list[tuple[int, Any]] = []

    async def send(message: Any) -> None:
        sent.append((client.taken, message))

    scope = {"type": "http", "method": "POST", "path": "/v1/batch", "headers": list(merged.items())}
    await IngestApp(api.world.services)(scope, client.receive, send)

    (read, start), (still, body), (after, end) = sent
    assert (start["status"], (b"connection", b"close") in start["headers"]) == (status, True)
    assert (read, still, after) == (0, 0, 1)
    assert (body["more_body"], end) == (True, {"type": "http.response.body", "body": b""})


async def test_after_a_body_that_was_read_the_connection_stays(api: "Api") -> None:
    good, bad = await api.post("/v1/track", track()), await api.post("/v1/track", track(userId=None))

    assert (good.status_code, bad.status_code) == (200, 400)
    assert "connection" not in good.headers
    assert "connection" not in bad.headers
