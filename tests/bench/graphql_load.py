"""A gateway that serves: how long a page takes while events come in, and what many pages leave in its memory."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.bench import ingest_servers
from tests.bench.send_figures import percentile

TOKENS = 16
"""Who asks in turn: one alone would use up its bucket."""
SECONDS = 20.0
"""How long pages are asked for while events come in."""
EVENTS_PER_SECOND = 200
PAUSE_SECONDS = 0.02
"""Between two pages: somebody who looks at a list, and some programs."""
WARMING = 500
"""Pages before memory counts: what is made once is made by then."""
AT_ONCE = 4

_MUTATIONS = {
    "destination": (
        "mutation($input: DestinationCreateInput!) { destinationCreate(input: $input) "
        "{ destination { id } errors { message } } }"
    ),
    "mapping": (
        "mutation($input: MappingCreateInput!) { mappingCreate(input: $input) { mapping { id } errors { message } } }"
    ),
    "source": (
        "mutation($input: SourceCreateInput!) { sourceCreate(input: $input) "
        "{ source { id } writeKey errors { message } } }"
    ),
    "connect": (
        "mutation($input: SourceConnectInput!) { sourceConnect(input: $input) { source { id } errors { message } } }"
    ),
    "token": (
        "mutation($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) { token errors { message } } }"
    ),
}


@dataclass(frozen=True, slots=True)
class Served:
    """Milliseconds of a page while events came in, and bytes before and after many pages."""

    p50: float
    p99: float
    asked: int
    events: int
    queries: int
    first: int
    last: int


class _Asking:
    """Asks for one page again and again, each time with the next token."""

    def __init__(self, client: httpx.AsyncClient, query: str, tokens: Sequence[str], rows: int) -> None:
        self._client = client
        self._body = msgspec.json.encode({"query": query})
        self._tokens = itertools.cycle(tokens)
        self._rows = rows

    async def page(self) -> float:
        """How long it took, in milliseconds."""
        headers = {"Authorization": f"Bearer {next(self._tokens)}", "Content-Type": "application/json"}
        started = time.perf_counter()
        answer = await self._client.post("/graphql", content=self._body, headers=headers)
        taken = (time.perf_counter() - started) * 1e3
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.text.count("recipient") == self._rows, answer.text[:300]
        return taken


async def serve_queries(folder: Path, query: str, rows: int, queries: int) -> Served:
    """Start a gateway with that many deliveries, and ask it."""
    with ingest_servers.gateway(folder, (), work=True) as (server, admin):
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            key = await _seed(client, admin, rows)
            made = await asyncio.gather(*(_token(client, admin, number) for number in range(TOKENS)))
            asking = _Asking(client, query, made, rows)
            for _ in range(WARMING):
                await asking.page()
            first = server.resident
            await asyncio.gather(*(_ask(asking, queries // AT_ONCE) for _ in range(AT_ONCE)))
            last = server.resident
            times, events = await _while_events_come_in(client, asking, key)
    return Served(percentile(times, 0.5), percentile(times, 0.99), len(times), events, queries, first, last)


async def _ask(asking: _Asking, count: int) -> None:
    for _ in range(count):
        await asking.page()


async def _while_events_come_in(
    client: httpx.AsyncClient, asking: _Asking, key: str
) -> tuple[list[float], int]:
    over = time.perf_counter() + SECONDS
    sent = 0

    async def send() -> None:
        nonlocal sent
        due = time.perf_counter()
        while due < over:
            calls = [_call(f"u{sent + number}", "Order Placed") for number in range(EVENTS_PER_SECOND // 20)]
            answer = await client.post("/v1/batch", json={"batch": calls}, auth=(key, ""))
            assert answer.status_code == httpx.codes.OK, answer.text
            sent += len(calls)
            due += 1 / 20
            await asyncio.sleep(max(0, due - time.perf_counter()))

    times: list[float] = []

    async def look() -> None:
        while time.perf_counter() < over:
            times.append(await asking.page())
            await asyncio.sleep(PAUSE_SECONDS)

    await asyncio.gather(send(), look())
    return times, sent


async def _change(client: httpx.AsyncClient, admin: str, what: str, given: dict[str, Any]) -> Any:
    body = {"query": _MUTATIONS[what], "variables": {"input": given}}
    answer = (await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {admin}"})).json()
    [payload] = answer["data"].values()
    assert payload["errors"] == [], payload
    return payload


async def _token(client: httpx.AsyncClient, admin: str, number: int) -> str:
    given = {"name": f"Reader {number}", "role": "READER"}
    return str((await _change(client, admin, "token", given))["token"])


def _call(user: str, event: str) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event, "properties": {"total": 129.95}}


async def _seed(client: httpx.AsyncClient, admin: str, rows: int) -> str:
    """The write key of a source whose events were matched, and wait for their destination: a page of deliveries, and some more."""
    settings = {
        "twilioEngage": {"accountSid": "AC" + "5" * 32, "authToken": "5" * 32, "defaultCountry": "US"}
    }
    destination = (await _change(client, admin, "destination", {"name": "Texts", "settings": settings}))[
        "destination"
    ]["id"]
    fields = {"from": "+15005550006", "body": "Hi", "send": True}
    mapping = {"destinationId": destination, "action": "sendSms", "name": "Seen", "fields": fields}
    await _change(client, admin, "mapping", {**mapping, "trigger": 'event = "Seen"'})
    source = await _change(client, admin, "source", {"name": "Shop"})
    await _change(
        client, admin, "connect", {"sourceId": source["source"]["id"], "destinationId": destination}
    )
    key = str(source["writeKey"])
    calls = [_call(f"u{number}", "Seen") for number in range(2 * rows)]
    await client.post("/v1/batch", json={"batch": calls}, auth=(key, ""))
    counting = {"query": "{ deliveries(first: 1) { totalCount } }"}
    while True:
        answer = await client.post("/graphql", json=counting, headers={"Authorization": f"Bearer {admin}"})
        if answer.json()["data"]["deliveries"]["totalCount"] == 2 * rows:
            return key
        await asyncio.sleep(0.2)  # between two looks, until all are matched
