"""The benchmark of ingestion: what it sends, and what it makes of the figures."""

import asyncio
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.bench.ingest import BATCH, CASES, SIDES, Memory, Turn, body, memory_lines, table, take_turns
from tests.bench.ingest_load import Line, keep, kept, post
from tests.bench.ingest_servers import decoding, empty
from tests.factories import event


def shown(what: Any) -> str:
    text = StringIO()
    Console(width=140, file=text).print(what)
    return text.getvalue()


def turns(gateway: float, batches: float) -> dict[tuple[str, str], list[Turn]]:
    rates = {("single events", "gateway"): gateway, (f"batches of {BATCH}", "gateway"): batches}
    return {
        (case.name, side): [Turn(rates.get((case.name, side), 1000.0), 10.0)] * 3
        for case in CASES
        for side in SIDES
    }


@pytest.mark.parametrize(("gateway", "batches", "signs"), [(500, 450, ["✓", "✓"]), (499, 449, ["✗", "✗"])])
def test_each_goal_is_met_from_its_bound_on(gateway: float, batches: float, signs: list[str]) -> None:
    lines = [line for line in shown(table(turns(gateway, batches), 3, "wrk")).splitlines() if "≥" in line]

    assert [sign for line in lines for sign in "✓✗" if sign in line] == signs


def test_rounds_alternate_who_goes_first() -> None:
    told: list[str] = []

    found = take_turns(dict.fromkeys(SIDES), 2, lambda case, _: Turn(case.events, 1.0), told.append)  # type: ignore[arg-type]  # no server is asked

    assert [line for line in told if "single" in line] == [
        "round 1 of 2: single events, empty",
        "round 1 of 2: single events, decoding",
        "round 1 of 2: single events, gateway",
        "round 2 of 2: single events, gateway",
        "round 2 of 2: single events, decoding",
        "round 2 of 2: single events, empty",
    ]
    assert found["single events", "gateway"] == [Turn(1, 1.0)] * 2


def test_memory_is_judged_by_its_bound_and_by_its_growth() -> None:
    good = shown(memory_lines(Memory(100_000_000, 249_000_000, 110_000_000, 5.0, 0), 1000))
    bad = shown(memory_lines(Memory(100_000_000, 250_000_000, 111_000_000, 5.0, 7), 1000))

    assert (good.count("✓"), good.count("✗")) == (2, 0)
    assert (bad.count("✓"), bad.count("✗")) == (0, 2)
    assert "7 requests wait to be matched" in bad


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_sent_is_events_that_nothing_is_wrong_with(case: Any) -> None:
    sent = json.loads(body(case, 0, lambda index: f"m-{index}"))

    calls = sent.get("batch", [sent])
    assert [event(call).problem for call in calls] == [None] * case.events


def test_requests_are_read_as_they_were_kept(tmp_path: Path) -> None:
    requests = [post("/v1/track", b'{"a":1}\n', "a2V5Og=="), post("/v1/batch", b"", "a2V5Og==")]

    assert kept(keep(requests, tmp_path / "requests")) == requests
    assert requests[0].endswith(b"Content-Length: 8\r\n\r\n" + b'{"a":1}\n')


@pytest.mark.parametrize("app", [empty, decoding])
async def test_what_it_is_measured_beside_reads_all_and_answers_as_the_gateway_does(app: Any) -> None:
    parts = iter([b'{"a":', b"1}"])
    sent = []

    async def receive() -> dict[str, Any]:
        part = next(parts)
        return {"type": "http.request", "body": part, "more_body": not part.endswith(b"}")}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({"path": "/v1/track"}, receive, send)

    assert (sent[0]["status"], sent[1]["body"]) == (200, b'{"success":true}')
    assert next(parts, None) is None


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(b"closed")


async def test_our_own_load_sends_the_next_request_when_the_one_before_is_answered() -> None:
    line, wire = Line(iter([b"one", b"two", b"three"])), Wire()

    line.connection_made(wire)
    line.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
    line.data_received(b"{}HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}")
    line.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    assert wire.written == [b"one", b"two", b"three", b"closed"]
    assert (line.answered, line.bad, line.ended.done()) == (3, 1, True)


async def test_a_connection_that_is_lost_counts_as_bad() -> None:
    line = Line(iter([b"one"]))

    line.connection_made(Wire())
    line.connection_lost(None)

    assert (line.answered, line.bad, line.ended.done()) == (0, 1, True)
