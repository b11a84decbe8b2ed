"""Measures a page of the API beside graphql-core, turn by turn; its latency while events come in; and its memory.

graphql-core executes the same query, parsed before, with its default resolver over dicts. Ours is measured three times: what
the event loop does for it, that and reading the ledger, and the whole request. It informs, and ends with 0 whether the goals
are met or not.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    execute_sync,
    get_operation_ast,
    parse,
)
from pydantic import SecretStr
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.app import build
from gateway.auth import Viewer
from gateway.console.pages import graphiql_response
from gateway.graphql.context import Context, Loaders
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.endpoint import GraphQLEndpoint
from gateway.graphql.http.execution import run
from gateway.graphql.schema import build_schema
from gateway.services import Services
from gateway.settings import Settings
from gateway.storage import deliveries
from gateway.workspace import Role
from tests.bench.beside_peer import MOST_ROUNDS, WIDE, _goals, _ratio
from tests.bench.graphql_load import EVENTS_PER_SECOND, Served, serve_queries
from tests.bench.verdicts import Verdict, ratio
from tests.factories import destination, new_delivery

TOKEN = "hgt_" + "b" * 32
PAGE = 50
FIELDS = (
    *("id", "status", "messageStatus", "reason", "channel", "recipient", "messageSid", "attemptCount"),
    *("createdAt", "updatedAt"),
)
QUERY = f"{{ deliveries(first: {PAGE}) {{ edges {{ node {{ {' '.join(FIELDS)} }} }} }} }}"
EACH = 40
"""How often each side answers in a turn."""
MOST = 0.75
"""What the whole request may take, in what graphql-core takes."""
MOST_MS = 50.0
FLAT = 1.1
MOST_QUERIES = 1_000_000

SIDES = ("graphql-core", "executed", "read", "answered")
WHAT = {
    "graphql-core": "graphql-core over dicts",
    "executed": "ours: the event loop",
    "read": "ours: and reading the ledger",
    "answered": "ours: the whole request",
}

Turns = Mapping[str, Sequence[float]]
"""Milliseconds of the processor for a page, by side, one for each round."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one turn of a side used: of its own thread, and of all of them."""

    thread: float
    process: float


def over_dicts(answer: Any) -> Callable[[], Any]:
    """graphql-core's own way to the same answer."""
    node = GraphQLObjectType(
        "Delivery",
        {name: GraphQLField(GraphQLInt if name == "attemptCount" else GraphQLString) for name in FIELDS},
    )
    edge = GraphQLObjectType("Edge", {"node": GraphQLField(GraphQLNonNull(node))})
    edges: GraphQLOutputType = GraphQLNonNull(GraphQLList(GraphQLNonNull(edge)))
    page = GraphQLObjectType("Connection", {"edges": GraphQLField(edges)})
    arguments = {"first": GraphQLArgument(GraphQLInt)}
    query = GraphQLObjectType("Query", {"deliveries": GraphQLField(GraphQLNonNull(page), arguments)})
    schema, document = GraphQLSchema(query), parse(QUERY)
    return lambda: execute_sync(schema, document, answer).data


async def seed(services: Services) -> None:
    """So many deliveries that were accepted."""
    now = services.clock.now()
    one = destination()
    made = [
        new_delivery(id=f"dlv_{number:032x}", destination_id=one.id, event_id=f"evt_{number:032x}")
        for number in range(2 * PAGE)
    ]
    changes = [
        {
            "id": each.id,
            "status": "ACCEPTED",
            "recipient": f"+1202555{number:04}",
            "message_sid": f"SM{number:032x}",
        }
        for number, each in enumerate(made)
    ]

    def write(connection: Any) -> None:
        deliveries.add(connection, made, now)
        deliveries.change(connection, changes, now)

    await services.store.write(write)


async def timed(work: Callable[[], Awaitable[Any]]) -> Measured:
    """What so many pages use, each in milliseconds of the processor."""
    process, thread = time.process_time(), time.thread_time()
    for _ in range(EACH):
        await work()
    return Measured((time.thread_time() - thread) / EACH * 1e3, (time.process_time() - process) / EACH * 1e3)


async def side_by_side(folder: Path, rounds: int) -> Turns:
    """What each side took in each round; who goes first alternates."""
    gateway = await build(Settings(data_dir=folder, admin_token=SecretStr(TOKEN)))
    services = gateway.services
    try:
        await seed(services)
        schema = build_schema(services.workspace.definitions)
        document = parse(QUERY)
        operation = get_operation_ast(document)
        assert operation is not None
        viewer = Viewer("bench", Role.ADMIN, "default")
        endpoint = GraphQLEndpoint(services, graphiql_response, schema, budget=Budget(10**12))

        async def executed() -> Any:
            context = Context(
                services=services,
                viewer=viewer,
                request_id="req_0",
                document=document,
                snapshot=await services.workspace.current(),
                loaders=Loaders(services.store, services.secrets),
            )
            return (await run(schema, document, operation, {}, context)).data

        answer = await executed()
        assert len(answer["deliveries"]["edges"]) == PAGE
        theirs = over_dicts(answer)
        assert theirs() == answer

        async def peer() -> Any:
            return theirs()

        async def answered() -> Any:
            return await request(endpoint)

        assert await answered() == 200
        found: dict[str, list[float]] = {side: [] for side in SIDES}
        for number in range(rounds + 1):
            turns = [("peer", peer), ("executed", executed), ("answered", answered)]
            taken = {name: await timed(work) for name, work in (turns if number % 2 else reversed(turns))}
            if number:  # the first warms up
                found["graphql-core"].append(taken["peer"].thread)
                found["executed"].append(taken["executed"].thread)
                found["read"].append(taken["executed"].process)
                found["answered"].append(taken["answered"].process)
        return found
    finally:
        await gateway.close()


async def request(endpoint: GraphQLEndpoint) -> int:
    """The status of a whole request, without a server and a client around it."""
    statuses: list[int] = []
    body = msgspec.json.encode({"query": QUERY})

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {TOKEN}".encode()),
            (b"content-type", b"application/json"),
            (b"accept", b"application/graphql-response+json"),
        ],
    }
    await endpoint(scope, receive, send)
    return statuses[0]


def table(turns: Turns) -> Table:
    """The table that is printed."""
    rounds = len(turns["graphql-core"])
    title = (
        f"{PAGE} deliveries of {len(FIELDS)} fields: milliseconds of the processor, medians of {rounds} rounds\n"
        "ratio: to graphql-core, within a round [lowest .. highest]"
    )
    found = Table(title=Text(title), box=SIMPLE_HEAD, pad_edge=False)
    found.add_column("what", no_wrap=True)
    for heading in ("ms", "ratio"):
        found.add_column(heading, justify="right", no_wrap=True)
    found.add_column("goal")
    for side in SIDES:
        spread = None if side == "graphql-core" else ratio(turns[side], turns["graphql-core"])
        goals = (
            [Verdict(f"≤ {MOST:g} of graphql-core", spread is not None and spread.median <= MOST)]
            if side == "answered"
            else []
        )
        found.add_row(WHAT[side], f"{statistics.median(turns[side]):.2f}", _ratio(spread), _goals(goals))
    return found


def served_lines(served: Served) -> Text:
    """What is printed of a gateway that serves."""
    mega = 1_000_000
    latency = Verdict(f"p99 < {MOST_MS:g} ms", served.p99 < MOST_MS)
    flat = Verdict(f"flat: last ≤ {FLAT:g} x first", served.last <= FLAT * served.first)
    return Text.assemble(
        f"a page while {EVENTS_PER_SECOND} events a second come in ({served.events:,} did): "
        f"p50 {served.p50:.1f} ms, p99 {served.p99:.1f} ms of {served.asked:,} pages  ",
        _goals([latency]),
        f"\nmemory over {served.queries:,} pages: first {served.first / mega:.0f} MB, last {served.last / mega:.0f} MB  ",
        _goals([flat]),
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--rounds", type=int, default=5, help=f"how often each answers in turn, up to {MOST_ROUNDS} times"
    )
    arguments.add_argument(
        "--queries",
        type=int,
        default=10_000,
        help="how many pages while memory is watched; 0: no gateway is started",
    )
    given = arguments.parse_args()
    if not 1 <= given.rounds <= MOST_ROUNDS:
        arguments.error(f"--rounds is from 1 to {MOST_ROUNDS}")
    if not 0 <= given.queries <= MOST_QUERIES:
        arguments.error(f"--queries is from 0 to {MOST_QUERIES:,}")
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        console.print(table(asyncio.run(side_by_side(Path(folder) / "turns", given.rounds))))
        if given.queries:
            served = asyncio.run(serve_queries(Path(folder) / "served", QUERY, PAGE, given.queries))
            console.print(served_lines(served), highlight=False)


if __name__ == "__main__":
    main()
