"""Measures how soon what happens reaches those who watch, and the memory of `serve` while a great many do.

Events are posted one after the other, as SDKs post them, and each of the watchers is told of each. What counts is the time from when
the gateway told of an item, once it was on disk, to when its watcher has read it. It informs, and ends with 1 where a watcher missed
something.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from rich.console import Console

from tests.bench.verdicts import Verdict
from tests.integration.system import System

WATCHERS = 100
CROWD = 1_000
OF_ONE_TOKEN = 90
"""Fewer than one token may have open."""
EVENTS = 100
PAUSE_SECONDS = 0.1
ROUNDS = 5
SOON_SECONDS = 0.25
FLAT = 1.1
SLACK = 5_000_000
"""Bytes that a heap may grow by without growing."""
MEGA = 1_000_000
PATIENCE = 60.0
QUERY = "subscription { eventTail { at droppedBefore event { id messageId type name userId outcome source { name } } } }"


@dataclass(slots=True)
class Watcher:
    """One connection, and how late each item was for it, in seconds."""

    late: list[float] = field(default_factory=list)
    dropped: int = 0


async def watch(system: System, token: str, watcher: Watcher, begun: asyncio.Event) -> None:
    """Read until it is canceled."""
    reader, writer = await asyncio.open_connection("127.0.0.1", system.port)
    body = json.dumps({"query": QUERY}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{system.port}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + body)
        status = await reader.readline()
        if b" 200 " not in status:
            sys.exit(f"A watcher was refused: {status!r}")
        begun.set()
        while line := await reader.readline():
            if line.startswith(b"data: {"):
                arrived = time.time()
                item = json.loads(line[6:])["data"]["eventTail"]
                watcher.late.append(arrived - datetime.fromisoformat(item["at"]).timestamp())
                watcher.dropped += item["droppedBefore"]
    finally:
        writer.transport.abort()


@asynccontextmanager
async def watching(system: System, tokens: Sequence[str], count: int) -> AsyncIterator[list[Watcher]]:
    """So many who watch, until the block is left."""
    watchers, tasks = [Watcher() for _ in range(count)], []
    for number, watcher in enumerate(watchers):
        begun = asyncio.Event()
        tasks.append(asyncio.create_task(watch(system, tokens[number // OF_ONE_TOKEN], watcher, begun)))
        await asyncio.wait_for(begun.wait(), PATIENCE)
    try:
        yield watchers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def post(system: System, client: httpx.AsyncClient, watchers: Sequence[Watcher], events: int) -> None:
    """Have so many events come in, one after the other, and wait until all of the watchers have them."""
    expected = len(watchers[0].late) + events
    for number in range(events):
        event = {"userId": f"u{number}", "event": "Page Viewed", "properties": {"n": number}}
        (
            await client.post(f"{system.url}/v1/track", json=event, auth=(system.write_key, ""))
        ).raise_for_status()
        await asyncio.sleep(PAUSE_SECONDS)
    deadline = time.monotonic() + PATIENCE
    while any(len(one.late) < expected for one in watchers):
        if time.monotonic() > deadline:
            missing = sum(len(one.late) < expected for one in watchers)
            sys.exit(f"{missing} of {len(watchers)} watchers did not hear of everything.")
        await asyncio.sleep(0.05)


def token(system: System, number: int) -> str:
    given = {"name": f"watcher {number}", "role": "READER"}
    return str(system.change("apiTokenCreate", "ApiTokenCreateInput", "token", given)["token"])


def p99(late: Sequence[float]) -> float:
    """The time within which 99 of 100 arrived."""
    return statistics.quantiles(late, n=100)[98]


def is_flat(resident: Sequence[int]) -> bool:
    """Whether memory after the last round is what it was after the second: what is made once is made by then."""
    return resident[-1] <= FLAT * resident[1] + SLACK


async def measure(system: System, console: Console, events: int, rounds: int) -> list[Verdict]:
    """What was found, told as it is found."""
    system.write_key, _ = system._source("Shop")
    tokens = [token(system, number) for number in range(CROWD // OF_ONE_TOKEN + 1)]
    async with httpx.AsyncClient() as client:
        async with watching(system, tokens, WATCHERS) as watchers:
            await post(system, client, watchers, 10)
            for one in watchers:
                one.late.clear()
            await post(system, client, watchers, events)
            late = [seconds for one in watchers for seconds in one.late]
        console.print(
            f"{len(late):,} items reached {WATCHERS} watchers: in the median after {1000 * statistics.median(late):.0f} ms, "
            f"99 of 100 within {1000 * p99(late):.0f} ms, the last after {1000 * max(late):.0f} ms.",
            highlight=False,
        )
        resident: list[int] = []
        for number in range(rounds):
            async with watching(system, tokens, CROWD) as watchers:
                open_at = system.gateway_memory()
                await post(system, client, watchers, 10)
            resident.append(system.gateway_memory())
            console.print(
                f"Round {number + 1} of {rounds}: {open_at / MEGA:.0f} MB with {CROWD:,} watchers, {resident[-1] / MEGA:.0f} MB once "
                "they have gone.",
                highlight=False,
            )
    return [
        Verdict(
            f"each of {WATCHERS} watchers within {1000 * SOON_SECONDS:g} ms p99", p99(late) < SOON_SECONDS
        ),
        Verdict(f"memory flat over {rounds} rounds of {CROWD:,} watchers", is_flat(resident)),
    ]


def main() -> None:
    """Measure, and print the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="how many come in")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often a thousand watch")
    given = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        system = System(Path(folder))
        try:
            system.start_gateway()
            for verdict in asyncio.run(
                measure(system, console, min(max(given.events, 2), 10_000), min(max(given.rounds, 2), 50))
            ):
                console.print(f"{'met' if verdict.met else 'MISSED'}: {verdict.text}", highlight=False)
        finally:
            system.close()


if __name__ == "__main__":
    main()
