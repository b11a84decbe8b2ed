"""Bodies that are packed."""

import gzip
import time
from typing import TYPE_CHECKING, Any

import pytest

from gateway.ingest.limits import BATCH_BYTES

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

OK = b'{"success":true}'


def refusal(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "message": message}


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
async def test_a_gzip_is_unpacked(api: "Api", encoding: str) -> None:
    body = gzip.compress(b'{"batch":[{"type":"track","event":"A","userId":"u"}]}')

    assert (await api.post(body=body, content_encoding=encoding)).content == OK
    assert len(await api.taken()) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            gzip.compress(b"{}" * 100)[:-9],
            "The gzip body is cut short. Nothing of it was kept: send it again.",
        ),
        (b"", "The gzip body is cut short. Nothing of it was kept: send it again."),
        (
            gzip.compress(b"{}") * 2,
            "The gzip body has more behind its end. Nothing of it was kept: send it again.",
        ),
    ],
)
async def test_a_gzip_that_is_not_whole_is_refused(api: "Api", body: bytes, message: str) -> None:
    answer = await api.post(body=body, content_encoding="gzip")

    assert (answer.status_code, answer.json()) == (400, refusal("bad_gzip", message))
    assert await api.taken() == []


async def test_what_is_no_gzip_is_refused(api: "Api") -> None:
    answer = await api.post(body=b'{"batch":[]}', content_encoding="gzip")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_gzip")
    assert await api.taken() == []


async def test_a_gzip_bomb_costs_milliseconds(api: "Api") -> None:
    bomb = gzip.compress(b" " * 300_000_000, compresslevel=9)
    assert len(bomb) < BATCH_BYTES

    started = time.process_time()
    answer = await api.post(body=bomb, content_encoding="gzip")
    spent = time.process_time() - started

    assert (answer.status_code, answer.json()["code"]) == (400, "request_too_large")
    assert spent < 0.2
    assert await api.taken() == []


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
async def test_another_encoding_is_refused(api: "Api", encoding: str) -> None:
    answer = await api.post(body=b"{}", content_encoding=encoding)

    message = f"Content-Encoding {encoding!r} is not known. Send gzip or none."
    assert (answer.status_code, answer.json()) == (415, refusal("unsupported_encoding", message))
    assert await api.taken() == []
