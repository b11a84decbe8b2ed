"""Measures a burst of status callbacks on `heliograph serve`: signed ones, over several connections, on SQLite and on PostgreSQL.

The goals are that each is answered within a second (99th percentile), after it is on disk, and that taking and applying it costs half a
millisecond of CPU and one statement. It informs, and ends with 1 only where a callback was not answered or not applied.
"""

import argparse
import asyncio
import base64
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, func, select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations.kit import DestinationStatus, MessageStatus
from gateway.deliveries import DeliveryStatus
from gateway.secrets import Secrets
from gateway.storage import deliveries, destinations, sources, tables
from gateway.storage.engine import Store, open_store
from tests.bench.ingest_servers import Server, _await, _free_port
from tests.bench.send_figures import percentile
from tests.bench.send_processes import Spoken, spoken
from tests.bench.verdicts import Verdict
from tests.databases import database
from tests.factories import destination, new_delivery, source

CALLBACKS = 10_000
MOST = 1_000_000
CONNECTIONS = 64
OF_EACH = (MessageStatus.SENT, MessageStatus.DELIVERED)
"""What is told of each message, in any order."""
SECONDS, MILLISECONDS, STATEMENTS = 1.0, 0.5, 1.0
"""The goals: the 99th percentile of an answer, and of each callback the CPU and the statements."""
PATIENCE = 120.0
PIECE = 1_000
ACCOUNT, TOKEN = f"AC{'a' * 32}", "t0ken of the bench"
PLACE = "dst_bench"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a burst took on an engine."""

    engine: str
    latencies: Sequence[float]
    seconds: float
    """From the first call to the last answer."""
    applied_seconds: float
    """From the first call until all were applied."""
    processor_seconds: float
    statements: int
    wrong: Sequence[str]

    @property
    def count(self) -> int:
        return len(self.latencies)

    def verdicts(self) -> list[Verdict]:
        """Each goal in words, and whether it is met."""
        late = percentile(self.latencies, 0.99)
        cost, asked = 1e3 * self.processor_seconds / self.count, self.statements / self.count
        return [
            Verdict(f"answered within {late:.3f} s (p99), goal {SECONDS:g} s", late <= SECONDS),
            Verdict(f"{cost:.2f} ms of CPU each, goal {MILLISECONDS:g}", cost <= MILLISECONDS),
            Verdict(f"{asked:.2f} statements each, goal {STATEMENTS:g}", asked <= STATEMENTS),
        ]


def sid(number: int) -> str:
    """The message of the nth Delivery."""
    return f"SM{number:032x}"


def fill(connection: Connection, keys: Secrets, count: int, now: datetime) -> None:
    """A destination, and so many Deliveries that its account accepted."""
    sources.add(connection, source())
    settings = {"accountSid": ACCOUNT, "authToken": TOKEN}
    there = destination(
        id=PLACE, definition="twilio-engage", settings=settings, status=DestinationStatus.DRAFT
    )  # of one that is verified the account would be asked what it has
    destinations.add(connection, there, keys)
    for start in range(0, count, PIECE):
        numbers = range(start, min(start + PIECE, count))
        new = [
            new_delivery(
                id=f"dlv_{number:032x}", destination_id=PLACE, recipient=f"+1202{number % 10_000_000:07d}"
            )
            for number in numbers
        ]
        deliveries.add(connection, new, now)
        rows = [
            {
                "id": f"dlv_{number:032x}",
                "status": DeliveryStatus.ACCEPTED,
                "message_status": MessageStatus.QUEUED,
                "message_sid": sid(number),
                "sender": "+12025550100",
                "attempt_count": 1,
                "first_attempt_at": now,
            }
            for number in numbers
        ]
        deliveries.change(connection, rows, now)


def calls(port: int, count: int, rng: random.Random) -> list[bytes]:
    """The requests of so many callbacks, signed, in any order."""
    said = [(number, status) for number in range(count // len(OF_EACH)) for status in OF_EACH]
    rng.shuffle(said)
    return [_call(port, number, status) for number, status in said]


def _call(port: int, number: int, status: MessageStatus) -> bytes:
    path = f"/webhooks/{PLACE}/status?delivery=dlv_{number:032x}"
    form = {
        "MessageSid": sid(number),
        "SmsSid": sid(number),
        "MessageStatus": status.lower(),
        "SmsStatus": status.lower(),
        "AccountSid": ACCOUNT,
        "From": "+12025550100",
        "To": f"+1202{number % 10_000_000:07d}",
        "ApiVersion": "2010-04-01",
    }
    host = f"127.0.0.1:{port}"
    signature = RequestValidator(TOKEN).compute_signature(f"http://{host}{path}", form)
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {number}-{status}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def burst(port: int, requests: Sequence[bytes], connections: int) -> tuple[list[float], list[str]]:
    """Make these over so many connections; how long each waited for its answer, and what was answered otherwise than it should be."""
    waiting, took, wrong = iter(requests), list[float](), list[str]()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            took.append(time.perf_counter() - began)
            status = head.split(b" ", 2)[1]
            if status != b"204":
                wrong.append(f"answered {status.decode()}")
                break  # a body follows, which nobody reads
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took, wrong


async def applied(store: Store) -> tuple[int, int]:
    """How many callbacks are kept, and how many messages have the last status that is told of them."""

    def query(connection: Connection) -> tuple[int, int]:
        kept = connection.scalar(select(func.count()).select_from(tables.status_callbacks))
        done = select(func.count()).where(tables.deliveries.c.message_status == OF_EACH[-1].value)
        return kept or 0, connection.scalar(done) or 0

    return await store.read(query)


async def until_applied(store: Store, wanted: tuple[int, int]) -> tuple[int, int]:
    """What is applied, once that is all or nobody waits any longer."""
    deadline = time.monotonic() + PATIENCE
    while (there := await applied(store)) != wanted and time.monotonic() < deadline:  # noqa: ASYNC110  another process applies them
        await asyncio.sleep(0.05)
    return there


@contextmanager
def served(environ: dict[str, str]) -> Iterator[tuple[Server, Spoken]]:
    """`heliograph serve` that counts its statements, and the line to it."""
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    command = [sys.executable, "-m", "tests.bench.send_counted", str(port)]
    with spoken(command, kept | environ) as line:
        line.ask("")
        _await(line.process, f"http://127.0.0.1:{port}/readyz")  # type: ignore[arg-type]  # any process will do
        try:
            yield Server(line.process, port), line  # type: ignore[arg-type]  # as above
        finally:
            for pipe in (line.process.stdin, line.process.stdout):
                if pipe is not None:
                    pipe.close()


async def measure(engine: str, address: str, folder: Path, count: int) -> Figures:
    """One burst on that engine."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    store = await open_store(address)
    try:
        made = datetime.now(UTC) - timedelta(minutes=5)
        await store.write(lambda c: fill(c, Secrets([key]), count // len(OF_EACH), made))
        if engine == "SQLite":
            await store.close()
        environ = {
            "HELIOGRAPH_DATA_DIR": str(folder),
            "HELIOGRAPH_DATABASE_URL": address,
            "HELIOGRAPH_SECRET_KEYS": key,
            "HELIOGRAPH_LOG_LEVEL": "error",
        }
        with served(environ) as (server, line):
            requests = calls(server.port, count, random.Random(7))
            spent, asked = server.processor_seconds, line.ask("")["statements"]
            began = time.perf_counter()
            took, wrong = await burst(server.port, requests, CONNECTIONS)
            answered = time.perf_counter() - began
            if engine == "SQLite":
                store = await open_store(address)
            wanted = (count, count // len(OF_EACH))
            there = await until_applied(store, wanted)
            done = time.perf_counter() - began
            spent = server.processor_seconds - spent
            asked = line.ask("")["statements"] - asked
        if there != wanted:
            wrong.append(f"{wanted} callbacks and messages were to be applied, and {there} are")
        return Figures(engine, took, answered, done, spent, asked, wrong)
    finally:
        await store.close()


def table(found: Sequence[Figures]) -> Table:
    """The figures of each engine."""
    made = Table(box=SIMPLE_HEAD, title=f"{found[0].count:,} callbacks over {CONNECTIONS} connections")
    names = ("p50 ms", "p99 ms", "most ms", "a second", "applied s", "CPU ms", "statements")
    made.add_column("")
    for name in names:
        made.add_column(name, justify="right")
    for one in found:
        made.add_row(
            one.engine,
            *(f"{1e3 * percentile(one.latencies, share):.0f}" for share in (0.5, 0.99, 1.0)),
            f"{one.count / one.seconds:,.0f}",
            f"{one.applied_seconds:.1f}",
            f"{1e3 * one.processor_seconds / one.count:.2f}",
            f"{one.statements / one.count:.2f}",
        )
    return made


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--callbacks", type=int, default=CALLBACKS, help=f"how many, up to {MOST:,}")
    arguments.add_argument("--engine", choices=("SQLite", "PostgreSQL"), help="on this one alone")
    given = arguments.parse_args()
    if not CONNECTIONS <= given.callbacks <= MOST or given.callbacks % len(OF_EACH):
        arguments.error(f"--callbacks is an even number from {CONNECTIONS} to {MOST:,}")
    progress, found = Console(stderr=True, highlight=False), []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-bench-")))
        addresses = {"SQLite": f"sqlite:///{folder}/heliograph.db"}
        server = stack.enter_context(database("callbacks"))
        if server is None:
            progress.print("there is no PostgreSQL: it is left out")
        else:
            addresses["PostgreSQL"] = server
        for engine, address in addresses.items():
            if given.engine in (None, engine):
                progress.print(f"{engine}: {given.callbacks:,} callbacks")
                found.append(asyncio.run(measure(engine, address, folder, given.callbacks)))
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(table(found))
    for one in found:
        for verdict in one.verdicts():
            console.print(
                f"{'met' if verdict.met else 'MISSED'}  {one.engine}: {verdict.text}", highlight=False
            )
    wrong = [what for one in found for what in one.wrong]
    for what in wrong[:9]:
        console.print(f"WRONG: {what}", highlight=False)
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
